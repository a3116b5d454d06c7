namespace AcodeSftp.Protocol.Client;

/// <summary>
/// How many requests of one range are in flight. It starts small, so that a small file costs little, and grows by one for
/// each answer while the transfer has to wait for answers: it doubles each round trip until the path is full or the limit
/// is reached.
/// </summary>
internal struct RequestWindow(int requestLength)
{
    private const int FirstRequests = 8;

    // 16 MiB fills a path of 50 ms at 2.5 Gbit/s; beyond that OpenSSH's own buffers grow faster than the throughput.
    private const int MaxBytes = 16 * 1024 * 1024;
    private const int MaxRequests = 256;

    private readonly int _limit = Math.Clamp(MaxBytes / requestLength, FirstRequests, MaxRequests);
    private int _growth;

    public int Size { get; private set; } = FirstRequests;

    /// <summary>Told of each answer: whether the transfer had to wait for it.</summary>
    public void OnAnswer(bool waited)
    {
        if (waited)
            _growth = Size;
        if (_growth > 0 && Size < _limit)
        {
            _growth--;
            Size++;
        }
    }
}
