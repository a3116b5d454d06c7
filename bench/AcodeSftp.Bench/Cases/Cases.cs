namespace AcodeSftp.Bench;

/// <summary>All that is measured.</summary>
internal sealed class Cases(BenchServer server, BenchOptions options)
{
    private static readonly int[] Counts = [1000, 10_000];
    private static readonly int[] Delays = [0, 10, 50];

    private readonly TransferCases _transfers = new(server);
    private readonly OtherCases _others = new(server);

    /// <summary>The cases that were asked for, each with the contenders that were asked for.</summary>
    public IEnumerable<BenchCase> Chosen() => All()
        .Where(benchCase => options.Cases.Count == 0 || options.Cases.Any(part => benchCase.Name.Contains(part, StringComparison.OrdinalIgnoreCase)))
        .Select(benchCase => benchCase with
        {
            // Ours stays, for the others are compared to it. Case counts: sftp is not AcodeSftp.
            Contenders = [.. benchCase.Contenders.Where((c, i) => i == 0 || !options.Without.Any(c.Name.Contains))],
        });

    private IEnumerable<BenchCase> All() =>
    [
        .. _transfers.LargeFile(options.Size, 0),
        .. _transfers.LargeFile(options.Size, 50),
        .. _transfers.LargeFile(options.Size / 4, 100),
        .. from count in Counts
           from delay in Delays
           from benchCase in _transfers.SmallFiles(count, delay)
           select benchCase,
        .. Delays.SelectMany(_transfers.Tree),
        _others.Listing(1000),
        _others.Listing(10_000),
        _others.Listing(100_000),
        _others.RecursiveListing(10_000, 10),
        _others.OpenSession(),
        _others.Commands(100),
        .. Cmdlets.UnavailableReason is null
            ? new[] { _others.ProgressOfLarge(options.Size), _others.ProgressOfSmall(1000), OtherCases.Import() }
            : [],
    ];
}
