using AcodeSftp.Shell.Transfers;

namespace AcodeSftp.Tests.Transfers;

public sealed class DestinationPlannerTests
{
    [Fact]
    public void A_directory_takes_sources_in_under_their_names()
    {
        var planner = Planner("/srv", isDirectory: true);
        Assert.Equal("/srv/a.txt", planner.Add("/home/a.txt", "a.txt"));
        Assert.Equal("/srv/b.txt", planner.Add("/home/b.txt", "b.txt"));
        Assert.Null(planner.Complete());
    }

    [Fact]
    public void Anything_else_is_the_new_name_of_the_only_source()
    {
        var planner = Planner("/srv/new", isDirectory: false);
        Assert.Null(planner.Add("/home/a.txt", "a.txt"));
        Assert.Equal(("/home/a.txt", "/srv/new"), planner.Complete());
    }

    [Fact]
    public void Of_several_sources_none_gets_the_name_meant_for_a_directory()
    {
        var planner = Planner("/srv/new", isDirectory: false);
        Assert.Null(planner.Add("/home/a.txt", "a.txt"));
        var error = Assert.Throws<SftpException>(() => planner.Add("/home/b.txt", "b.txt"));
        Assert.Equal(SftpErrorCode.InvalidArgument, error.Code);
        Assert.Contains("slash", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_sources_of_one_name_do_not_overwrite_each_other()
    {
        var planner = Planner("/srv", isDirectory: true);
        planner.Add("/a/x", "x");
        Assert.Equal(SftpErrorCode.AlreadyExists, Assert.Throws<SftpException>(() => planner.Add("/b/x", "x")).Code);
        Assert.Equal("/srv/X", planner.Add("/b/X", "X"));
    }

    [Fact]
    public void Names_are_compared_as_the_destination_does()
    {
        var planner = new DestinationPlanner("C:/srv", true, Path.Combine, StringComparer.OrdinalIgnoreCase);
        planner.Add("/a/x", "x");
        Assert.Throws<SftpException>(() => planner.Add("/b/X", "X"));
    }

    [Fact]
    public void The_root_has_no_name_to_keep_but_can_be_given_one()
    {
        Assert.Throws<SftpException>(() => Planner("/srv", isDirectory: true).Add("/", ""));
        var planner = Planner("/srv/all", isDirectory: false);
        Assert.Null(planner.Add("/", ""));
        Assert.Equal(("/", "/srv/all"), planner.Complete());
    }

    [Fact]
    public void Nothing_comes_of_nothing() => Assert.Null(Planner("/srv", isDirectory: false).Complete());

    private static DestinationPlanner Planner(string destination, bool isDirectory) =>
        new(destination, isDirectory, (directory, name) => $"{directory}/{name}", StringComparer.Ordinal);
}
