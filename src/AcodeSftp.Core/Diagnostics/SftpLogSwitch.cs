using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace AcodeSftp.Diagnostics;

/// <summary>
/// A logger factory to which sinks are attached, and from which they are detached, while it is in use. Loggers that were
/// created before see the change at once. Without a sink, logging costs one comparison. Thread-safe.
/// </summary>
/// <remarks>
/// A sink that throws loses the line; whoever logs never notices. Sinks that implement <see cref="ISupportExternalScope"/>
/// see all scopes, also those that were begun before they were attached; others see none.
/// </remarks>
public sealed class SftpLogSwitch : ILoggerFactory
{
    private readonly ConcurrentDictionary<string, SwitchedLogger> _loggers = new(StringComparer.Ordinal);
    private readonly LoggerExternalScopeProvider _scopes = new();
    private ImmutableArray<Sink> _sinks = [];
    private bool _isDisposed;

    /// <summary>Attaches a sink.</summary>
    /// <param name="provider">The sink. It decides by itself which levels it takes.</param>
    /// <returns>Detaches the sink and disposes it, once, when it is disposed.</returns>
    /// <exception cref="ObjectDisposedException">The switch was disposed.</exception>
    public IDisposable Attach(ILoggerProvider provider)
    {
        ArgumentNullException.ThrowIfNull(provider);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed), this);
        (provider as ISupportExternalScope)?.SetScopeProvider(_scopes);
        var sink = new Sink(this, provider);
        ImmutableInterlocked.Update(ref _sinks, static (sinks, added) => sinks.Add(added), sink);
        return sink;
    }

    /// <summary>Attaches a sink until the switch is disposed.</summary>
    /// <param name="provider">The sink.</param>
    void ILoggerFactory.AddProvider(ILoggerProvider provider) => Attach(provider);

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName)
    {
        ArgumentNullException.ThrowIfNull(categoryName);
        return _loggers.GetOrAdd(categoryName, static (category, self) => new SwitchedLogger(self, category), this);
    }

    /// <summary>Detaches and disposes all sinks. What is logged afterwards goes nowhere.</summary>
    public void Dispose()
    {
        Volatile.Write(ref _isDisposed, true);
        foreach (var sink in _sinks)
            sink.Dispose();
    }

    private sealed class Sink(SftpLogSwitch owner, ILoggerProvider provider) : IDisposable
    {
        private readonly ConcurrentDictionary<string, ILogger> _loggers = new(StringComparer.Ordinal);
        private int _disposed;

        public ILogger LoggerFor(string category) =>
            _loggers.GetOrAdd(category, static (name, from) => from.CreateLogger(name), provider);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) != 0)
                return;
            ImmutableInterlocked.Update(ref owner._sinks, static (sinks, removed) => sinks.Remove(removed), this);
            provider.Dispose();
        }
    }

    private sealed class SwitchedLogger(SftpLogSwitch owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => owner._scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel)
        {
            foreach (var sink in owner._sinks)
            {
                if (IsEnabled(sink, logLevel))
                    return true;
            }

            return false;
        }

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            foreach (var sink in owner._sinks)
            {
                try
                {
                    if (IsEnabled(sink, logLevel))
                        sink.LoggerFor(category).Log(logLevel, eventId, state, exception, formatter);
                }
                catch (Exception e) when (e is not OutOfMemoryException)
                {
                    // A transfer does not fail because its log does, and the other sinks still get the line.
                }
            }
        }

        private bool IsEnabled(Sink sink, LogLevel logLevel)
        {
            try
            {
                return sink.LoggerFor(category).IsEnabled(logLevel);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                return false;
            }
        }
    }
}
