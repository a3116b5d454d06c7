using AcodeSftp.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AcodeSftp.Core.Tests.Diagnostics;

public sealed class LogSwitchTests
{
    [Fact]
    public void A_sink_gets_what_is_logged_while_it_is_attached()
    {
        using var log = new SftpLogSwitch();
        var logger = log.CreateLogger("c");
        var sink = new MemorySink();

        logger.LogInformation("before");
        var attached = log.Attach(sink);
        logger.LogInformation("meanwhile");
        attached.Dispose();
        logger.LogInformation("after");

        Assert.Equal(["c: meanwhile"], sink.Lines);
        Assert.Equal(1, sink.Disposals);
    }

    [Fact]
    public void Nothing_is_enabled_without_a_sink()
    {
        using var log = new SftpLogSwitch();
        var logger = log.CreateLogger("c");

        Assert.False(logger.IsEnabled(LogLevel.Critical));
        using (log.Attach(new MemorySink(LogLevel.Warning)))
        {
            Assert.True(logger.IsEnabled(LogLevel.Warning));
            Assert.False(logger.IsEnabled(LogLevel.Information));
        }

        Assert.False(logger.IsEnabled(LogLevel.Critical));
    }

    [Fact]
    public void Each_sink_has_its_own_level()
    {
        using var log = new SftpLogSwitch();
        var quiet = new MemorySink(LogLevel.Error);
        var loud = new MemorySink(LogLevel.Debug);
        log.Attach(quiet);
        ((ILoggerFactory)log).AddProvider(loud);

        log.CreateLogger("c").LogInformation("one");
        log.CreateLogger("c").LogError("two");

        Assert.Equal(["c: two"], quiet.Lines);
        Assert.Equal(["c: one", "c: two"], loud.Lines);
    }

    [Fact]
    public void A_scope_that_was_begun_before_the_sink_was_attached_is_seen()
    {
        using var log = new SftpLogSwitch();
        var logger = log.CreateLogger("c");
        var sink = new MemorySink();

        using (logger.BeginScope("begun early"))
        {
            log.Attach(sink);
            log.CreateLogger("another category").LogInformation("line");
        }

        logger.LogInformation("outside");
        Assert.Equal(["another category: line (begun early)", "c: outside"], sink.Lines);
    }

    [Fact]
    public void A_sink_that_throws_harms_neither_the_caller_nor_the_other_sinks()
    {
        using var log = new SftpLogSwitch();
        var sink = new MemorySink();
        log.Attach(new BrokenSink());
        log.Attach(sink);

        log.CreateLogger("c").LogInformation("line");

        Assert.Equal(["c: line"], sink.Lines);
    }

    [Fact]
    public void A_sink_is_disposed_once_whoever_detaches_it()
    {
        var log = new SftpLogSwitch();
        var sink = new MemorySink();
        var attached = log.Attach(sink);

        log.Dispose();
        attached.Dispose();

        Assert.Equal(1, sink.Disposals);
        Assert.Throws<ObjectDisposedException>(() => log.Attach(new MemorySink()));
    }

    [Fact]
    public void Sinks_come_and_go_while_others_log()
    {
        using var log = new SftpLogSwitch();
        var logger = log.CreateLogger("c");
        var steady = new MemorySink();
        log.Attach(steady);

        Parallel.For(0, 400, number =>
        {
            using (log.Attach(new MemorySink()))
                logger.LogInformation("{Number}", number);
        });

        Assert.Equal(400, steady.Lines.Count);
        logger.LogInformation("last");
        Assert.Equal("c: last", steady.Lines[^1]);
    }

    private sealed class MemorySink(LogLevel level = LogLevel.Information) : ILoggerProvider, ISupportExternalScope
    {
        private readonly List<string> _lines = [];
        private IExternalScopeProvider? _scopes;

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_lines)
                    return [.. _lines];
            }
        }

        public int Disposals { get; private set; }

        public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

        public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

        public void Dispose() => Disposals++;

        private sealed class Logger(MemorySink sink, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => logLevel >= sink.MinimumLevel;

            public void Log<TState>(
                LogLevel logLevel,
                EventId eventId,
                TState state,
                Exception? exception,
                Func<TState, Exception?, string> formatter)
            {
                var scopes = "";
                sink._scopes?.ForEachScope((scope, _) => scopes += $" ({scope})", 0);
                lock (sink._lines)
                    sink._lines.Add($"{category}: {formatter(state, exception)}{scopes}");
            }
        }

        private LogLevel MinimumLevel => level;
    }

    private sealed class BrokenSink : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => throw new InvalidOperationException("broken");

        public void Dispose()
        {
        }
    }
}
