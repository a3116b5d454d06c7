using System.Threading.Tasks.Sources;
using AcodeSftp.Protocol.Wire;

namespace AcodeSftp.Protocol.Client;

/// <summary>
/// One READ or WRITE of a range, used again and again while the range lasts. Exactly one of three ends it: the answer, the
/// end of the channel, or the range giving up; the first to come wins.
/// </summary>
internal abstract class RangeRequest : IPendingRequest, IValueTaskSource
{
    private const int Waiting = 0;
    private const int Answered = 1;
    private const int GivenUp = 2;

    private ManualResetValueTaskSourceCore<bool> _completion;
    private int _state = GivenUp;

    public SendMark Sent { get; set; }

    /// <summary>Where in the file it begins.</summary>
    public long Offset { get; private set; }

    /// <summary>How many bytes it asks for or carries.</summary>
    public int Length { get; private set; }

    /// <summary>Whether waiting for it would not wait.</summary>
    public bool IsCompleted => Volatile.Read(ref _state) != Waiting;

    /// <summary>Makes it ready to be registered.</summary>
    public void Reset(long offset, int length)
    {
        Offset = offset;
        Length = length;
        _completion.Reset();
        Volatile.Write(ref _state, Waiting);
    }

    /// <summary>Ends with the answer; throws what a refusal meant.</summary>
    public ValueTask WaitAsync() => new(this, _completion.Version);

    // The range goes on where the answer is read: to hand over each block to another thread would cost more than what is
    // done with it.
    public void OnReply(SftpPacketType type, ref Frame frame)
    {
        // A range that gave up takes no buffer; the frame goes back to the pool by itself.
        if (Interlocked.CompareExchange(ref _state, Answered, Waiting) != Waiting)
            return;
        try
        {
            TakeAnswer(type, ref frame);
        }
        catch (SftpException e)
        {
            Fail(e);
            if (e.Code == SftpErrorCode.ProtocolViolation)
                throw;
            return;
        }

        _completion.RunContinuationsAsynchronously = false;
        _completion.SetResult(true);
    }

    public void OnFailed(SftpException error) => End(Answered, error);

    /// <summary>Gives up: a wait ends, and an answer that comes later is dropped.</summary>
    public void GiveUp(Exception reason) => End(GivenUp, reason);

    void IValueTaskSource.GetResult(short token) => _completion.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _completion.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation,
        object? state,
        short token,
        ValueTaskSourceOnCompletedFlags flags) => _completion.OnCompleted(continuation, state, token, flags);

    /// <summary>Keeps what the answer brings, or throws what it means.</summary>
    protected abstract void TakeAnswer(SftpPacketType type, ref Frame frame);

    private void End(int state, Exception reason)
    {
        if (Interlocked.CompareExchange(ref _state, state, Waiting) == Waiting)
            Fail(reason);
    }

    private void Fail(Exception reason)
    {
        _completion.RunContinuationsAsynchronously = true;
        _completion.SetException(reason);
    }
}

/// <summary>The requests of one range in order of offset, and the way to wake up the wait for the first of them.</summary>
internal sealed class RangeRequestQueue<TRequest> : IDisposable
    where TRequest : RangeRequest
{
    private readonly Queue<TRequest> _inFlight = new();
    private readonly Stack<TRequest> _spare = new();
    private readonly CancellationToken _cancellationToken;
    private readonly CancellationTokenRegistration _registration;
    private TRequest? _awaited;

    public RangeRequestQueue(CancellationToken cancellationToken)
    {
        _cancellationToken = cancellationToken;
        _registration = cancellationToken.UnsafeRegister(
            static (queue, token) =>
                Volatile.Read(ref ((RangeRequestQueue<TRequest>)queue!)._awaited)?.GiveUp(new OperationCanceledException(token)),
            this);
    }

    public int Count => _inFlight.Count;

    public TRequest? TakeSpare() => _spare.TryPop(out var spare) ? spare : null;

    public void PutSpare(TRequest request) => _spare.Push(request);

    public void Enqueue(TRequest request) => _inFlight.Enqueue(request);

    public TRequest First => _inFlight.Peek();

    public TRequest Dequeue() => _inFlight.Dequeue();

    /// <summary>Waits for the answer to the first request.</summary>
    public async ValueTask WaitForFirstAsync()
    {
        var first = _inFlight.Peek();
        Volatile.Write(ref _awaited, first);
        // Either the callback sees this request, or the cancellation came before and is seen here.
        Interlocked.MemoryBarrier();
        _cancellationToken.ThrowIfCancellationRequested();
        await first.WaitAsync().ConfigureAwait(false);
    }

    /// <summary>Gives up what is still in flight.</summary>
    public void Dispose()
    {
        _registration.Dispose();
        foreach (var request in _inFlight)
            request.GiveUp(new OperationCanceledException());
    }
}
