namespace AcodeSftp.FileTransfer;

/// <summary>
/// Counts what a transfer does. Those who move bytes only add to counters; one sampler makes <see cref="TransferProgress"/>
/// of them. What it tells never goes back, even where a file has to be sent again.
/// </summary>
internal sealed class ProgressMeter(TimeProvider clock)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    private readonly long _started = clock.GetTimestamp();
    private readonly Queue<(long Time, long Moved)> _samples = new();
    private long _counted;
    private long _moved;
    private long _totalBytes;
    private int _totalFiles;
    private int _startedFiles;
    private int _verifying;
    private int _steps;
    private string _path = "";

    /// <summary>Time since the transfer began.</summary>
    public TimeSpan Elapsed => clock.GetElapsedTime(_started);

    /// <summary>Grows with every sign of life: bytes that moved, files begun and finished.</summary>
    public long Activity => Interlocked.Read(ref _moved) + Volatile.Read(ref _steps);

    /// <summary>Whether a checksum is being waited for.</summary>
    public bool IsVerifying => Volatile.Read(ref _verifying) > 0;

    /// <summary>Tells of files that were found.</summary>
    /// <param name="files">How many.</param>
    /// <param name="bytes">Their sizes.</param>
    public void Found(int files, long bytes)
    {
        Interlocked.Add(ref _totalFiles, files);
        Interlocked.Add(ref _totalBytes, bytes);
        Interlocked.Increment(ref _steps);
    }

    /// <summary>Tells that a file is taken on.</summary>
    /// <param name="path">Its source path.</param>
    /// <returns>Counts its bytes.</returns>
    public FileProgress Begin(string path)
    {
        Volatile.Write(ref _path, path);
        Interlocked.Increment(ref _startedFiles);
        Interlocked.Increment(ref _steps);
        return new FileProgress(this, path);
    }

    /// <summary>Tells that a checksum is being waited for, until it is disposed.</summary>
    public IDisposable Verifying()
    {
        Interlocked.Increment(ref _verifying);
        return new Verification(this);
    }

    /// <summary>How far the transfer is. For one caller at a time.</summary>
    /// <returns>The progress.</returns>
    public TransferProgress Sample()
    {
        var now = clock.GetTimestamp();
        var moved = Interlocked.Read(ref _moved);
        if (_samples.Count == 0)
            _samples.Enqueue((_started, 0));
        _samples.Enqueue((now, moved));
        while (_samples.Count > 2 && clock.GetElapsedTime(_samples.Peek().Time, now) > Window)
            _samples.Dequeue();
        var (firstTime, firstMoved) = _samples.Peek();
        var seconds = clock.GetElapsedTime(firstTime, now).TotalSeconds;
        return new TransferProgress
        {
            FilePath = Volatile.Read(ref _path),
            BytesTransferred = Interlocked.Read(ref _counted),
            TotalBytes = Math.Max(Interlocked.Read(ref _totalBytes), Interlocked.Read(ref _counted)),
            BytesPerSecond = seconds > 0 ? (moved - firstMoved) / seconds : 0,
            Elapsed = Elapsed,
            CurrentFile = Volatile.Read(ref _startedFiles),
            TotalFiles = Volatile.Read(ref _totalFiles),
        };
    }

    private void Add(string path, long counted, long moved)
    {
        Interlocked.Add(ref _counted, counted);
        Interlocked.Add(ref _moved, moved);
        Volatile.Write(ref _path, path);
    }

    /// <summary>Counts the bytes of one file. From one thread at a time.</summary>
    internal sealed class FileProgress(ProgressMeter meter, string path)
    {
        private long _position;
        private long _highest;

        /// <summary>The furthest that any attempt has come, in bytes from the start of the file.</summary>
        public long Furthest => _highest;

        /// <summary>Tells where the transfer of the file begins.</summary>
        /// <param name="position">Bytes that are there already.</param>
        public void StartAt(long position)
        {
            _position = position;
            Count(position, 0);
        }

        /// <summary>Tells how far the transfer of the file has come.</summary>
        /// <param name="position">Bytes from the start of the file.</param>
        public void Reach(long position)
        {
            var moved = Math.Max(0, position - _position);
            _position = Math.Max(position, _position);
            Count(position, moved);
        }

        // Bytes of a second attempt were counted by the first.
        private void Count(long position, long moved)
        {
            var counted = Math.Max(0, position - _highest);
            _highest += counted;
            meter.Add(path, counted, moved);
        }
    }

    private sealed class Verification(ProgressMeter meter) : IDisposable
    {
        public void Dispose()
        {
            Interlocked.Decrement(ref meter._verifying);
            Interlocked.Increment(ref meter._steps);
        }
    }
}
