using AcodeSftp.FileTransfer;

namespace AcodeSftp.Core.Tests.FileTransfer;

public sealed class OpenFilesTests
{
    [Theory]
    [InlineData(10, 16)]
    [InlineData(300, 86)]
    [InlineData(1024, 448)]
    [InlineData(1_048_576, 8192)]
    [InlineData(ulong.MaxValue, 8192)]
    public void Half_of_what_may_be_open_is_for_transfers_beside_what_others_need(ulong limit, int room) =>
        Assert.Equal(room, OpenFiles.RoomWithin(limit));

    // A thousand at a distance, for several sessions.
    [Fact]
    public void Where_many_files_may_be_open_there_is_room_for_them() => Assert.InRange(OpenFiles.Room.CurrentCount, 16, 8192);
}
