// dotnet run -c Release --project bench/AcodeSftp.Bench -- [--cases TEXT] [--rounds 5] [--size 1000000000]
//   [--directory DIRECTORY] [--json FILE] [--no-rclone]
using System.Globalization;
using AcodeSftp.Bench;

var rounds = int.Parse(Option("--rounds") ?? "5", CultureInfo.InvariantCulture);
var size = long.Parse(Option("--size") ?? "1000000000", CultureInfo.InvariantCulture);
var filter = (Option("--cases") ?? "").Split(';');

await using var server = await BenchServer.StartAsync(Option("--directory"));
var results = new List<Measurement>();
foreach (var benchCase in new Cases(server, withRclone: !args.Contains("--no-rclone")).All(size))
{
    if (filter.Any(part => benchCase.Name.Contains(part, StringComparison.OrdinalIgnoreCase)))
        results.AddRange(await BenchRunner.RunAsync(benchCase, rounds, server.ProcessId));
}

Console.WriteLine(BenchRunner.ToMarkdown(results));
if (Option("--json") is { } path)
    await File.WriteAllTextAsync(path, BenchRunner.ToJson(results));

string? Option(string name)
{
    var at = Array.IndexOf(args, name);
    return at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
}
