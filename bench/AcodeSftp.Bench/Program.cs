// dotnet run -c Release --project bench/AcodeSftp.Bench -- [--rounds 5] [--size 1000000000] [--entries 10000]
using AcodeSftp.Bench;

var rounds = (int)Option("--rounds", 5);
var size = Option("--size", 1_000_000_000);
var entries = (int)Option("--entries", 10_000);

await using var server = await BenchServer.StartAsync();
var cases = new Cases(server);
var results = await BenchRunner.RunAsync([.. cases.LargeFile(size), cases.Listing(entries)], rounds);
Console.WriteLine(BenchRunner.ToMarkdown(results));

long Option(string name, long standard)
{
    var at = Array.IndexOf(args, name);
    return at >= 0 && at + 1 < args.Length ? long.Parse(args[at + 1], System.Globalization.CultureInfo.InvariantCulture) : standard;
}
