using AcodeSftp.Files;
using Microsoft.Win32.SafeHandles;

namespace AcodeSftp.FileTransfer.Direct;

/// <summary>Some blocks of a remote file: its first, its last and others at random, by which another file is told from it.</summary>
internal sealed class ContentSample
{
    private const int BlockLength = 4096;
    private const int InBetween = 6;

    private readonly (long Offset, byte[] Content)[] _blocks;

    private ContentSample((long Offset, byte[] Content)[] blocks) => _blocks = blocks;

    /// <summary>Chooses the blocks and reads them.</summary>
    /// <param name="file">The file.</param>
    /// <param name="size">How long it is, in bytes: more than a few blocks.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The sample.</returns>
    /// <exception cref="SftpException">A block could not be read.</exception>
    public static async Task<ContentSample> TakeAsync(IRemoteFile file, long size, CancellationToken cancellationToken)
    {
        var last = size - BlockLength;
        var between = Enumerable.Range(0, InBetween).Select(_ => Random.Shared.NextInt64(last));
        var blocks = between.Append(0).Append(last).Select(offset => (Offset: offset, Content: new byte[BlockLength])).ToArray();
        await Task.WhenAll(blocks.Select(block => file.ReadRangeAsync(
            block.Offset,
            BlockLength,
            (offset, content, _) =>
            {
                content.CopyTo(block.Content.AsMemory((int)(offset - block.Offset)));
                return ValueTask.CompletedTask;
            },
            cancellationToken))).ConfigureAwait(false);
        return new ContentSample(blocks);
    }

    /// <summary>Compares a copy with them, as far as it goes.</summary>
    /// <param name="copy">The local file.</param>
    /// <returns>Whether it has the same content where it has any.</returns>
    public bool IsIn(SafeFileHandle copy)
    {
        var found = new byte[BlockLength];
        foreach (var (offset, content) in _blocks)
        {
            var count = RandomAccess.Read(copy, found, offset);
            if (!found.AsSpan(0, count).SequenceEqual(content.AsSpan(0, count)))
                return false;
        }

        return true;
    }
}
