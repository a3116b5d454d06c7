using AcodeSftp.Connections;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace AcodeSftp.Sessions;

/// <summary>
/// How often and how soon a connection is tried again (SFTP-009), and a file whose connection was lost: for transient
/// causes only. A rejected login is never repeated, for it could lock the account, nor is a rejected host key.
/// </summary>
public sealed record SessionRetryPolicy
{
    /// <summary>The defaults: three attempts, with 2 s growing to 10 s between them.</summary>
    public static SessionRetryPolicy Default { get; } = new();

    /// <summary>
    /// How many attempts are made in all; 1 for no retry. Those of a file are counted from where one last came further
    /// than those before it.
    /// </summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>The wait before the second attempt; it doubles for each further one.</summary>
    public TimeSpan BaseDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest wait.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Draws from 0 to less than 1 how the waits are spread; tests give their own.</summary>
    internal Func<double> Draw { get; init; } = Random.Shared.NextDouble;

    /// <summary>The wait after a number of failures that followed each other, from half of the full one to all of it.</summary>
    internal TimeSpan DelayAfter(int failures)
    {
        var full = Math.Min(MaxDelay.TotalSeconds, BaseDelay.TotalSeconds * Math.Pow(2, Math.Min(failures, 30) - 1));
        return TimeSpan.FromSeconds(full * (1 + Draw()) / 2);
    }

    /// <summary>Builds the pipeline.</summary>
    internal ResiliencePipeline<ISshConnection> Build(TimeProvider time, ILogger logger, string authority)
    {
        var builder = new ResiliencePipelineBuilder<ISshConnection> { TimeProvider = time };
        if (MaxAttempts <= 1)
            return builder.Build();
        return builder
            .AddRetry(new RetryStrategyOptions<ISshConnection>
            {
                MaxRetryAttempts = MaxAttempts - 1,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Randomizer = Draw,
                Delay = BaseDelay,
                MaxDelay = MaxDelay,
                ShouldHandle = new PredicateBuilder<ISshConnection>().Handle<SftpException>(e => e.IsTransient),
                OnRetry = retry =>
                {
                    logger.LogWarning(
                        "Connecting to {Authority} failed, attempt {Attempt} of {MaxAttempts}, next in {Delay}: {Reason}",
                        authority,
                        retry.AttemptNumber + 1,
                        MaxAttempts,
                        retry.RetryDelay,
                        retry.Outcome.Exception?.Message);
                    return default;
                },
            })
            .Build();
    }
}
