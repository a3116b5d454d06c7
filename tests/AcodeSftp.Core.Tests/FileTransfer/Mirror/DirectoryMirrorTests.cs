using AcodeSftp.Files;
using AcodeSftp.FileTransfer;
using AcodeSftp.FileTransfer.Mirror;

namespace AcodeSftp.Core.Tests.FileTransfer.Mirror;

public sealed class DirectoryMirrorTests : IAsyncLifetime
{
    private const string Remote = "/home/user/mirror";

    private readonly List<SftpException> _refused = [];
    private EmbeddedServer _server = null!;
    private ISftpChannel _channel = null!;

    public async Task InitializeAsync() => (_server, _channel) = await EmbeddedServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    private string Local => _server.Local("mirror");

    [Theory]
    [InlineData(TransferDirection.Upload)]
    [InlineData(TransferDirection.Download)]
    public async Task What_differs_is_moved_and_then_nothing_differs(TransferDirection direction)
    {
        var isUpload = direction == TransferDirection.Upload;
        var write = isUpload ? (Action<string, string>)WriteLocal : WriteRemote;
        var writeThere = isUpload ? (Action<string, string>)WriteRemote : WriteLocal;
        for (var i = 0; i < 40; i++)
            write($"{i % 4}/{i}", $"content {i}");
        write("same", "same");
        SetTimes("same");
        writeThere("same", "same");
        SetTimes("same");
        write("changed", "longer than it was");
        writeThere("changed", "short");
        writeThere("extra/deep/file", "not in the source");
        CreateDirectory(isUpload, "empty");
        var options = Options(direction);

        var plan = await PlanAsync(options);
        Assert.Equal(
            [(MirrorActionKind.CreateDirectory, 5), (MirrorActionKind.Add, 40), (MirrorActionKind.Update, 1)],
            plan.GroupBy(action => action.Action).OrderBy(group => group.Key).Select(group => (group.Key, group.Count())));
        var done = await ApplyAsync(options, plan);

        Assert.Equal(plan.OrderBy(action => action.RelativePath), done.OrderBy(action => action.RelativePath));
        Assert.Empty(await PlanAsync(options));
        Assert.Empty(await PlanAsync(options with { Compare = MirrorCompare.Checksum }));
        Assert.Equal("content 7", ReadThere(isUpload, "3/7"));
        Assert.Equal("longer than it was", ReadThere(isUpload, "changed"));
        Assert.Equal("not in the source", ReadThere(isUpload, "extra/deep/file"));
        Assert.Empty(_refused);
    }

    [Theory]
    [InlineData(TransferDirection.Upload)]
    [InlineData(TransferDirection.Download)]
    public async Task Delete_takes_away_what_the_source_does_not_have(TransferDirection direction)
    {
        var isUpload = direction == TransferDirection.Upload;
        var write = isUpload ? (Action<string, string>)WriteLocal : WriteRemote;
        var writeThere = isUpload ? (Action<string, string>)WriteRemote : WriteLocal;
        write("kept", "x");
        write("kind", "a file here");
        write("other/file", "a directory here");
        writeThere("kept", "x");
        writeThere("kind/was/a/directory", "x");
        writeThere("other", "was a file");
        writeThere("gone/1/2/3", "x");
        writeThere("gone/4", "x");
        var options = Options(direction) with { Compare = MirrorCompare.Size };

        var without = await PlanAsync(options);
        Assert.Equal(
            ["Skip: kind (KindDiffers)", "Skip: other (KindDiffers)"],
            without.Select(action => action.ToString()).Order(StringComparer.Ordinal));
        var plan = await PlanAsync(options with { Delete = true });
        var done = await ApplyAsync(options with { Delete = true }, plan);

        Assert.Equal(
            [
                "Add: kind (Missing)", "Add: other/file (Missing)", "CreateDirectory: other (Missing)",
                "Delete: gone (NotInSource)", "Delete: gone/1 (NotInSource)", "Delete: gone/1/2 (NotInSource)",
                "Delete: gone/1/2/3 (NotInSource)", "Delete: gone/4 (NotInSource)", "Delete: kind (KindDiffers)",
                "Delete: kind/was (KindDiffers)", "Delete: kind/was/a (KindDiffers)",
                "Delete: kind/was/a/directory (KindDiffers)", "Delete: other (KindDiffers)",
            ],
            done.Select(action => action.ToString()).Order(StringComparer.Ordinal));
        Assert.Equal("a file here", ReadThere(isUpload, "kind"));
        Assert.Equal("a directory here", ReadThere(isUpload, "other/file"));
        Assert.Empty(await PlanAsync(options with { Delete = true }));
    }

    [Fact]
    public async Task A_time_that_differs_by_less_than_sftp_can_tell_is_the_same()
    {
        WriteLocal("file", "content");
        WriteRemote("file", "content");
        var second = new DateTime(2024, 5, 6, 7, 8, 9, DateTimeKind.Utc);
        await SetRemoteTimeAsync("file", second);

        await ExpectAsync(second.AddMilliseconds(999), null);
        await ExpectAsync(second.AddMilliseconds(1000), MirrorReason.SourceNewer);
        await ExpectAsync(second.AddMilliseconds(-1), MirrorReason.SourceOlder);

        async Task ExpectAsync(DateTime time, MirrorReason? reason)
        {
            File.SetLastWriteTimeUtc(Path.Join(Local, "file"), time);
            Assert.Equal(reason, (await PlanAsync(Options(TransferDirection.Upload))).SingleOrDefault()?.Reason);
        }
    }

    [Theory]
    [InlineData(MirrorCompare.SizeAndTime, false)]
    [InlineData(MirrorCompare.Size, false)]
    [InlineData(MirrorCompare.Checksum, true)]
    public async Task Content_that_differs_in_nothing_else_is_found_by_checksum(MirrorCompare compare, bool isFound)
    {
        WriteLocal("file", "content");
        WriteRemote("file", "CONTENT");
        SetTimes("file");

        var plan = await PlanAsync(Options(TransferDirection.Download) with { Compare = compare });

        Assert.Equal(isFound ? [MirrorReason.ContentDiffers] : [], plan.Select(action => action.Reason));
    }

    [Fact]
    public async Task Patterns_leave_out_on_both_sides()
    {
        WriteLocal("a.dll", "x");
        WriteLocal("a.txt", "x");
        WriteLocal("only/texts/b.txt", "x");
        WriteLocal("lib/c.dll", "x");
        WriteLocal("logs/d.dll", "x");
        WriteRemote("old.dll", "x");
        WriteRemote("old.txt", "x");
        WriteRemote("logs/old.dll", "x");
        WriteRemote("gone/old.dll", "x");
        WriteRemote("gone/old.txt", "x");

        var plan = await PlanAsync(Options(TransferDirection.Upload) with { Include = ["*.dll"], Exclude = ["logs"], Delete = true });

        Assert.Equal(
            [
                "Add: a.dll (Missing)", "Add: lib/c.dll (Missing)", "CreateDirectory: lib (Missing)",
                "Delete: gone/old.dll (NotInSource)", "Delete: old.dll (NotInSource)",
            ],
            plan.Select(action => action.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Links_are_left_alone_on_both_sides()
    {
        var outside = _server.WriteLocal("outside/file", "precious");
        WriteRemote("a/file", "from the server");
        WriteRemote("b", "from the server");
        await _channel.FileSystem.CreateSymbolicLinkAsync(new($"{Remote}/link"), "a", _server.Token);
        WriteLocal("c", "x");
        Directory.CreateSymbolicLink(Path.Join(Local, "a"), Path.GetDirectoryName(outside)!);
        File.CreateSymbolicLink(Path.Join(Local, "b"), outside);
        Directory.CreateSymbolicLink(Path.Join(Local, "extra"), Path.GetDirectoryName(outside)!);
        var options = Options(TransferDirection.Download) with { Delete = true };

        var plan = await PlanAsync(options);
        await ApplyAsync(options, plan);

        Assert.Equal(
            ["Delete: c (NotInSource)", "Delete: extra (NotInSource)", "Skip: a (SymbolicLink)", "Skip: b (SymbolicLink)", "Skip: link (SymbolicLink)"],
            plan.Select(action => action.ToString()).Order(StringComparer.Ordinal));
        Assert.Equal("precious", await File.ReadAllTextAsync(outside));
        Assert.Equal(["a", "b"], Directory.EnumerateFileSystemEntries(Local).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData("../escaped")]
    [InlineData("/tmp/escaped")]
    [InlineData("a/b")]
    [InlineData("")]
    [InlineData("not UTF-8: ?")]
    public async Task A_name_that_leads_elsewhere_does_not_get_there(string name)
    {
        name = name.Replace('?', '\udcff');
        WriteRemote("good", "x");
        WriteRemote("evil", "x");
        WriteLocal("evil", "x");
        _server.Host.Options.OnListedName = listed => listed == "evil" ? name : listed;
        var options = Options(TransferDirection.Download);

        var plan = await PlanAsync(options);
        await ApplyAsync(options, plan);

        Assert.Equal(["Add: good (Missing)"], plan.Select(action => action.ToString()));
        Assert.Contains(Assert.Single(_refused).Code, new[] { SftpErrorCode.ProtocolViolation, SftpErrorCode.InvalidArgument });
        Assert.Equal(["evil", "good"], Directory.EnumerateFileSystemEntries(Local).Select(Path.GetFileName).Order());
        Assert.Equal(["mirror"], Directory.EnumerateFileSystemEntries(_server.LocalDirectory).Select(Path.GetFileName).Where(entry => entry != ".resume"));
        // Nothing is deleted there either by a name that is none.
        _refused.Clear();
        WriteRemote("other", "x");
        var upload = await PlanAsync(Options(TransferDirection.Upload) with { Delete = true });
        Assert.Equal(["other"], upload.Where(action => action.Action == MirrorActionKind.Delete).Select(action => action.RelativePath));
    }

    [Fact]
    public async Task What_could_not_be_listed_is_left_alone_on_the_other_side()
    {
        WriteRemote("good", "x");
        WriteRemote("closed/file", "x");
        WriteLocal("closed/file", "x");
        WriteLocal("closed/other", "x");
        await _channel.ChmodAsync($"{Remote}/closed", 0, _server.Token);

        var plan = await PlanAsync(Options(TransferDirection.Download) with { Delete = true });

        Assert.Equal(["Add: good (Missing)"], plan.Select(action => action.ToString()));
        Assert.Equal(SftpErrorCode.PermissionDenied, Assert.Single(_refused).Code);
    }

    [Fact]
    public async Task A_source_that_is_not_there_deletes_nothing()
    {
        WriteLocal("file", "x");

        var error = await ChannelTests.ThrowsAsync(SftpErrorCode.NotFound, () => PlanAsync(Options(TransferDirection.Download) with { Delete = true }));
        Assert.Equal(Remote, error.Path);
        WriteRemote("../plain", "x");
        await ChannelTests.ThrowsAsync(
            SftpErrorCode.InvalidArgument,
            () => PlanAsync(Options(TransferDirection.Download) with { RemotePath = "/home/user/plain" }));
    }

    [Fact]
    public async Task One_file_that_fails_does_not_keep_the_others_from_going_on()
    {
        for (var i = 0; i < 10; i++)
            WriteRemote($"{i}", $"content {i}", i == 4 ? 0u : 0x1A4);
        var options = Options(TransferDirection.Download);
        var observer = new Observer();

        await new DirectoryMirror(_channel, options).ApplyAsync(await PlanAsync(options), observer, _server.Download, cancellationToken: _server.Token);

        var (action, error) = Assert.Single(observer.Failed);
        Assert.Equal(("4", SftpErrorCode.PermissionDenied), (action.RelativePath, error.Code));
        // The root directory is created, too.
        Assert.Equal(10, observer.Done.Count);
        Assert.Equal(9, Directory.GetFiles(Local).Length);
    }

    [Fact]
    public async Task A_directory_that_cannot_be_created_is_told_once()
    {
        Directory.CreateDirectory(Local);
        WriteLocal("a/b/1", "x");
        WriteLocal("a/b/2", "x");
        WriteLocal("c", "x");
        var options = Options(TransferDirection.Upload);
        var plan = await PlanAsync(options);
        _server.Host.WriteFile($"{Remote}/a", "in the way since");
        var observer = new Observer();

        await new DirectoryMirror(_channel, options).ApplyAsync(plan, observer, _server.Upload, cancellationToken: _server.Token);

        Assert.Equal("a", Assert.Single(observer.Failed).Action.RelativePath);
        Assert.Equal([".", "c"], observer.Done.Select(action => action.RelativePath).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Times_are_kept_to_the_second()
    {
        WriteLocal("file", "content");
        var time = new DateTime(2019, 8, 7, 6, 5, 4, 321, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(Path.Join(Local, "file"), time);
        var options = Options(TransferDirection.Upload);

        await ApplyAsync(options, await PlanAsync(options));

        Assert.Equal(new DateTimeOffset(time).AddMilliseconds(-321), _server.Host.GetAttributes($"{Remote}/file")!.Modified);
        Assert.Empty(await PlanAsync(options));
        Assert.Empty(await PlanAsync(options with { Direction = TransferDirection.Download }));
    }

    [Fact]
    public async Task An_unchanged_tree_costs_a_few_requests_for_each_directory_several_at_once()
    {
        for (var i = 0; i < 1000; i++)
            WriteLocal($"{i / 50}/{i}", "x");
        var options = Options(TransferDirection.Upload);
        await ApplyAsync(options, await PlanAsync(options));
        var requests = new List<string>();
        var open = 0;
        var most = 0;
        _server.Host.Options.Latency = TimeSpan.FromMilliseconds(10);
        _server.Host.Options.OnRequest = request =>
        {
            lock (requests)
            {
                requests.Add(request.Name);
                most = Math.Max(most, request.Name == "OpenDir" ? ++open : request.Name == "Close" ? open-- : 0);
            }
        };

        Assert.Empty(await PlanAsync(options));

        Assert.Equal(21, requests.Count(name => name == "OpenDir"));
        Assert.InRange(requests.Count, 21 * 3, 21 * 8);
        Assert.InRange(most, 4, 9);
    }

    [Fact]
    public async Task A_plan_that_nobody_reads_to_its_end_leaves_nothing_running()
    {
        for (var i = 0; i < 3000; i++)
            WriteLocal($"{i}", "x");

        await foreach (var action in new DirectoryMirror(_channel, Options(TransferDirection.Upload)).CompareAsync(Refuse, _server.Token))
        {
            Assert.Equal(MirrorActionKind.CreateDirectory, action.Action);
            break;
        }

        Assert.Equal(3001, (await PlanAsync(Options(TransferDirection.Upload))).Count);
    }

    private MirrorOptions Options(TransferDirection direction) =>
        new() { Direction = direction, LocalPath = Local, RemotePath = Remote };

    private async Task<List<MirrorAction>> PlanAsync(MirrorOptions options)
    {
        var plan = new List<MirrorAction>();
        await foreach (var action in new DirectoryMirror(_channel, options).CompareAsync(Refuse, _server.Token))
            plan.Add(action);
        return plan;
    }

    private async Task<List<MirrorAction>> ApplyAsync(MirrorOptions options, List<MirrorAction> plan)
    {
        var observer = new Observer();
        TransferOptions transfer = options.Direction == TransferDirection.Upload ? _server.Upload : _server.Download;
        await new DirectoryMirror(_channel, options).ApplyAsync(plan, observer, transfer, cancellationToken: _server.Token);
        Assert.Empty(observer.Failed);
        return observer.Done;
    }

    private ValueTask Refuse(SftpException error)
    {
        lock (_refused)
            _refused.Add(error);
        return ValueTask.CompletedTask;
    }

    private void WriteLocal(string path, string content) => _server.WriteLocal("mirror/" + path, content);

    private void WriteRemote(string path, string content) => WriteRemote(path, content, 0x1A4);

    private void WriteRemote(string path, string content, uint permissions) => _server.Host.WriteFile($"{Remote}/{path}", content, permissions);

    private void CreateDirectory(bool isLocal, string path)
    {
        if (isLocal)
            Directory.CreateDirectory(Path.Join(Local, path));
        else
            _server.Host.CreateDirectory($"{Remote}/{path}");
    }

    private string ReadThere(bool isRemote, string path) => isRemote
        ? System.Text.Encoding.UTF8.GetString(_server.Host.ReadFile($"{Remote}/{path}"))
        : File.ReadAllText(Path.Join(Local, path));

    // The same time for a file on both sides, as far as it is there.
    private void SetTimes(string path)
    {
        var time = new DateTime(2022, 2, 2, 2, 2, 2, DateTimeKind.Utc);
        if (File.Exists(Path.Join(Local, path)))
            File.SetLastWriteTimeUtc(Path.Join(Local, path), time);
        if (_server.Host.Exists($"{Remote}/{path}"))
            SetRemoteTimeAsync(path, time).GetAwaiter().GetResult();
    }

    private Task SetRemoteTimeAsync(string path, DateTimeOffset time) => _channel.FileSystem.SetAttributesAsync(
        new($"{Remote}/{path}"),
        new RemoteFileAttributes { Modified = time, Accessed = time },
        _server.Token);

    private sealed class Observer : IMirrorObserver
    {
        public List<MirrorAction> Done { get; } = [];

        public List<(MirrorAction Action, SftpException Error)> Failed { get; } = [];

        public ValueTask DoneAsync(MirrorAction action)
        {
            lock (Done)
                Done.Add(action);
            return ValueTask.CompletedTask;
        }

        public ValueTask FailedAsync(MirrorAction action, SftpException exception)
        {
            lock (Failed)
                Failed.Add((action, exception));
            return ValueTask.CompletedTask;
        }
    }
}
