namespace AcodeSftp.Bench;

/// <summary>One of those that are compared in a case: a process that does the work once.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Command">The program and its arguments.</param>
internal sealed record Contender(string Name, IReadOnlyList<string> Command)
{
    /// <summary>Whether it runs on a pseudo-terminal, and so asks of it what a terminal must answer.</summary>
    public bool IsOnTerminal { get; init; }
}

/// <summary>Something that several contenders do, each in turn, round after round.</summary>
/// <param name="Name">What is done.</param>
/// <param name="Delay">The round trip in milliseconds.</param>
/// <param name="Contenders">Who does it; the first is ours, to which the others are compared.</param>
internal sealed record BenchCase(string Name, int Delay, IReadOnlyList<Contender> Contenders)
{
    /// <summary>How much data is moved; 0 where that is not the point.</summary>
    public long Bytes { get; init; }

    /// <summary>
    /// The time that is compared, by the name that contenders report it by; those who report none are compared by the whole.
    /// </summary>
    public string Compared { get; init; } = Measurement.Whole;

    /// <summary>Short runs are repeated more often than was asked for.</summary>
    public int LeastRounds { get; init; } = 1;

    /// <summary>The same with fewer files, by which it is judged whether a contender would take too long; null for none.</summary>
    public SmallerCase? Smaller { get; init; }

    /// <summary>Done before the first round.</summary>
    public Action Prepare { get; init; } = () => { };

    /// <summary>Done after the last round, even when one of them failed.</summary>
    public Action Finish { get; init; } = () => { };

    /// <summary>Done before each run of each contender, untimed: nobody finds what the one before has left.</summary>
    public Action Clear { get; init; } = () => { };

    /// <summary>Says what is wrong with what a run of the contender of that name has left; null when nothing is.</summary>
    public Func<string, string?> Check { get; init; } = _ => null;
}

/// <summary>A case with fewer files than another.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Factor">How many times as many files the other has.</param>
internal sealed record SmallerCase(string Name, double Factor);
