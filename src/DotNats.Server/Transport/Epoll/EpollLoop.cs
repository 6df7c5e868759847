using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using DotNats.Server.Connections;
using DotNats.Server.Routing;
using DotNats.Server.Transport.Opening;

namespace DotNats.Server.Transport.Epoll;

/// <summary>One thread that reads its share of the connections, edge-triggered, and flushes what they caused.</summary>
// Owner: its thread; others only post (a resumed producer, a connection to add or close) and wake it.
// Lifetime: the transport's. Invariant: a connection is read by this thread alone, and never while paused or suspended.
internal sealed class EpollLoop
{
    // What one read brings goes on as one segment of a destination's stream: loopback takes 65,483 bytes, and MSG is longer than PUB by the sid.
    // Reads of 64 KiB left a second, tiny one behind each: 1 KiB in pairs 1.3 times, 1→100 1.5 times as fast with this (docs/benchmarks.md).
    private const int ReadBytes = 60 * 1024;
    private const int HeadRoom = 4096;
    private const int MaxEvents = 256;

    // Two buffers, then the next connection: a flood on one must not starve the others.
    private const int ReadsInARow = 2;

    // Appended bytes after which a flush does not wait for the end of the event batch.
    private const int FlushBytes = 32 * 1024;

    // What a batch leaves to be done is done when its peers have sent nothing more, or when so many bytes wait for it: a write of a kilobyte costs a
    // stream as much as one of a hundred.
    private const int WorkBytes = 256 * 1024;

    // A paused producer goes on after this at the latest: nats-server stalls one for at most 10 ms a read.
    private static readonly long PauseTicks = Stopwatch.Frequency / 100;

    private readonly ServerCore _server;
    private readonly int _epoll = LinuxCalls.CreateEpoll();
    private readonly int _wake = LinuxCalls.CreateEventCounter();
    private readonly EventBatch _events = new(MaxEvents);
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(HeadRoom + ReadBytes, pinned: true);
    private readonly DeliveryContext _context;
    private readonly ConcurrentQueue<(Work Kind, EpollEndpoint Endpoint)> _posted = new();
    private readonly List<EpollEndpoint?> _slots = [];
    private readonly Stack<int> _freeSlots = new();
    private readonly List<EpollEndpoint> _goOn = [];
    private readonly List<EpollEndpoint> _paused = [];
    private readonly ReadModeration _moderation = new(Stopwatch.Frequency);
    private readonly Thread _thread;
    private int _asleep;
    private volatile bool _stopping;

    public EpollLoop(ServerCore server, int index)
    {
        _server = server;
        _context = server.Contexts.Create();
        _context.RunsWork = true;
        Control(LinuxCalls.ControlAdd, _wake, LinuxCalls.EpollIn | LinuxCalls.EpollEdgeTriggered, ulong.MaxValue);
        _thread = new Thread(Run) { IsBackground = true, Name = $"nats-loop-{index}" };
    }

    private enum Work : byte
    {
        Add,
        Resume,
        OpeningTimeout,
        Close,
    }

    public void Start() => _thread.Start();

    public void Stop()
    {
        _stopping = true;
        Wake();
        if (Thread.CurrentThread != _thread) _thread.Join();
    }

    public void PostAdd(EpollEndpoint endpoint) => Post(Work.Add, endpoint);

    public void PostResume(EpollEndpoint endpoint) => Post(Work.Resume, endpoint);

    public void PostOpeningTimeout(EpollEndpoint endpoint) => Post(Work.OpeningTimeout, endpoint);

    public void PostClose(EpollEndpoint endpoint) => Post(Work.Close, endpoint);

    private void Post(Work kind, EpollEndpoint endpoint)
    {
        _posted.Enqueue((kind, endpoint));
        // The loop looks at the queue once more after it has said it sleeps: one of the two always sees the other.
        if (Interlocked.Exchange(ref _asleep, 0) == 1) Wake();
    }

    private void Wake()
    {
        ulong one = 1;
        _ = LinuxCalls.write(_wake, ref one, 8);
    }

    private void Run()
    {
        LinuxCalls.MinimizeTimerSlack();
        while (!_stopping)
        {
            try
            {
                RunOnce();
            }
            catch (Exception exception)
            {
                // A bug in one connection's handling must not take the others' loop with it.
                ServerLog.LoopFailed(_server.Logger, exception);
                _context.ReleaseHeld();
            }
        }

        CloseAll();
    }

    private void RunOnce()
    {
        int count = Wait();
        try
        {
            _context.NowTicks = _server.Time.GetTimestamp();
            for (int i = 0; i < count; i++) OnEvent(_events.Data(i), _events.Flags(i));
            RunPosted();
            GoOnReading();
            ResumeOverdue();
        }
        finally
        {
            // Also where something went wrong: others wait for what was done until then.
            if (_goOn.Count > 0 && _context.WaitingBytes is > 0 and < WorkBytes) _context.FlushDirty();
            else _context.Flush();
        }
    }

    private int Wait()
    {
        int timeout = -1;
        if (_goOn.Count > 0) timeout = 0;
        else if (_paused.Count > 0) timeout = 1;
        if (timeout < 0)
        {
            Rest(_moderation.EndRound(Stopwatch.GetTimestamp()));
            Volatile.Write(ref _asleep, 1);
            Interlocked.MemoryBarrier();
            if (!_posted.IsEmpty) timeout = 0;
        }

        int count = LinuxCalls.epoll_wait(_epoll, ref _events.Start, _events.Capacity, timeout);
        Volatile.Write(ref _asleep, 0);
        return Math.Max(0, count);
    }

    private static void Rest(int microseconds)
    {
        if (microseconds == 0) return;
        var time = new LinuxCalls.TimeSpec { Nanoseconds = microseconds * 1000 };
        _ = LinuxCalls.nanosleep(ref time, 0);
    }

    private void OnEvent(ulong data, uint flags)
    {
        if (data == ulong.MaxValue)
        {
            ulong value = 0;
            _ = LinuxCalls.read(_wake, ref value, 8);
            return;
        }

        EpollEndpoint? endpoint = _slots[(int)data];
        if (endpoint is null) return;
        if ((flags & LinuxCalls.EpollOut) != 0) OnWritable(endpoint);
        if ((flags & (LinuxCalls.EpollIn | LinuxCalls.EpollHangUp | LinuxCalls.EpollError | LinuxCalls.EpollPeerHangUp)) == 0) return;
        endpoint.Readable = true;
        endpoint.PeerEnded |= (flags & ~(LinuxCalls.EpollIn | LinuxCalls.EpollOut)) != 0;
        Read(endpoint);
    }

    private void OnWritable(EpollEndpoint endpoint)
    {
        _context.ReleaseHeld();
        endpoint.Flush(becameWritable: true);
        if (endpoint.Closing && endpoint.Connection.Outbound.IsQuiet) FinishClose(endpoint);
    }

    private void Read(EpollEndpoint endpoint)
    {
        for (int i = 0; i < ReadsInARow; i++)
        {
            if (!endpoint.Readable || endpoint.Suspended || endpoint.PausedUntil != 0 || endpoint.Closing) return;
            ReadOnce(endpoint);
        }

        if (endpoint.Readable && !endpoint.Listed)
        {
            endpoint.Listed = true;
            _goOn.Add(endpoint);
        }
    }

    private void ReadOnce(EpollEndpoint endpoint)
    {
        PartialCommand partial = endpoint.Partial;
        Span<byte> target = partial.FreeSpace;
        bool inPlace = !target.IsEmpty;
        int kept = 0;
        if (!inPlace)
        {
            kept = partial.Length > 0 ? partial.MoveTo(_buffer) : 0;
            target = _buffer.AsSpan(kept, ReadBytes);
        }

        nint read = LinuxCalls.recv(endpoint.Descriptor, ref target[0], target.Length, LinuxCalls.DontWait);
        if (read <= 0)
        {
            if (kept > 0) partial.Keep(_buffer.AsSpan(0, kept), 0);
            OnReadFailed(endpoint, read);
            return;
        }

        // A short read empties the socket: the next edge tells of more. An end that was told with the bytes before it has no edge of its own.
        if (read < target.Length && !endpoint.PeerEnded) endpoint.Readable = false;
        if (inPlace) partial.Grow((int)read);
        ReadOnlySpan<byte> bytes = inPlace ? partial.Bytes : _buffer.AsSpan(0, kept + (int)read);
        _moderation.OnRead((int)read, endpoint.SawOutput());
        Handle(endpoint, bytes);
    }

    private void Handle(EpollEndpoint endpoint, ReadOnlySpan<byte> bytes)
    {
        if (endpoint.Opening is { } opening)
        {
            if (!Open(endpoint, opening, opening.Read(bytes), bytes)) return;
            bytes = bytes[opening.Consumed..];
        }

        ReceiveResult result = endpoint.Connection.Session.Receive(_context, bytes);
        _context.ReleaseHeld();
        if (result.Consumed < bytes.Length && !endpoint.Closing) endpoint.Partial.Keep(bytes[result.Consumed..], result.NeededBytes);
        else endpoint.Partial.Release();
        if (result.Suspend) endpoint.Suspended = true;
        if (_context.StalledBy is { } slow) PauseFor(endpoint, slow);
        else if (_context.WaitingBytes >= WorkBytes) _context.Flush();
        else if (_context.UnflushedBytes >= FlushBytes) _context.FlushDirty();
    }

    /// <summary>Goes a step towards the NATS protocol; true once it begins.</summary>
    private bool Open(EpollEndpoint endpoint, LoopOpening opening, OpeningStep step, ReadOnlySpan<byte> bytes)
    {
        switch (step)
        {
            case OpeningStep.Plain:
                endpoint.Opening = null;
                return true;
            case OpeningStep.Tls:
                byte[] rest = bytes[opening.Consumed..].ToArray();
                LetGo(endpoint);
                opening.ContinueWithTls(endpoint.Socket, rest);
                return false;
            case OpeningStep.Wait when !bytes.IsEmpty:
                endpoint.Partial.Keep(bytes, 0);
                return false;
            default:
                return false;
        }
    }

    private void OnOpeningTimeout(EpollEndpoint endpoint)
    {
        if (endpoint.Slot < 0 || endpoint.Closing || endpoint.Opening is not { IsExpired: true } opening) return;
        byte[] bytes = endpoint.Partial.Bytes.ToArray();
        endpoint.Partial.Release();
        if (Open(endpoint, opening, opening.OnTimeout(bytes), bytes) && bytes.Length > opening.Consumed) Handle(endpoint, bytes.AsSpan(opening.Consumed));
    }

    // The socket stays open: from here on it is another transport's.
    private void LetGo(EpollEndpoint endpoint)
    {
        Control(LinuxCalls.ControlDelete, endpoint.Descriptor, 0, 0);
        _slots[endpoint.Slot] = null;
        _freeSlots.Push(endpoint.Slot);
        endpoint.Slot = -1;
        endpoint.Finished = true;
        endpoint.Readable = false;
        endpoint.Opening = null;
        endpoint.Partial.Release();
    }

    private void PauseFor(EpollEndpoint endpoint, IStallPoint slow)
    {
        _context.StalledBy = null;
        _context.Flush();
        if (!slow.TryPause(endpoint)) return;
        _server.Statistics.CountStalledClient();
        endpoint.PausedUntil = Stopwatch.GetTimestamp() + PauseTicks;
        _paused.Add(endpoint);
    }

    private void OnReadFailed(EpollEndpoint endpoint, nint read)
    {
        if (read < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error == LinuxCalls.ErrorInterrupted) return;
            endpoint.Readable = false;
            if (error == LinuxCalls.ErrorAgain) return;
        }

        endpoint.Readable = false;
        if (read == 0 && endpoint.Opening is { } opening && !Open(endpoint, opening, opening.OnEnd(endpoint.Partial.Bytes), endpoint.Partial.Bytes)) return;
        _context.Flush();
        endpoint.Connection.Close(read == 0 ? CloseReason.ClientClosed : CloseReason.ReadError, _context);
    }

    private void GoOnReading()
    {
        if (_goOn.Count == 0) return;
        EpollEndpoint[] list = [.. _goOn];
        _goOn.Clear();
        foreach (EpollEndpoint endpoint in list)
        {
            endpoint.Listed = false;
            if (endpoint.Slot >= 0) Read(endpoint);
        }
    }

    private void ResumeOverdue()
    {
        if (_paused.Count == 0) return;
        long now = Stopwatch.GetTimestamp();
        for (int i = _paused.Count - 1; i >= 0; i--)
        {
            EpollEndpoint endpoint = _paused[i];
            if (endpoint.PausedUntil > now) continue;
            _paused.RemoveAt(i);
            endpoint.PausedUntil = 0;
            if (endpoint.Slot >= 0) Read(endpoint);
        }
    }

    private void RunPosted()
    {
        while (_posted.TryDequeue(out (Work Kind, EpollEndpoint Endpoint) work))
        {
            switch (work.Kind)
            {
                case Work.Add:
                    Add(work.Endpoint);
                    break;
                case Work.Resume:
                    Resume(work.Endpoint);
                    break;
                case Work.OpeningTimeout:
                    OnOpeningTimeout(work.Endpoint);
                    break;
                default:
                    FinishClose(work.Endpoint);
                    break;
            }
        }
    }

    private void Add(EpollEndpoint endpoint)
    {
        if (endpoint.Finished) return;
        int slot = _freeSlots.Count > 0 ? _freeSlots.Pop() : _slots.Count;
        if (slot == _slots.Count) _slots.Add(endpoint);
        else _slots[slot] = endpoint;
        endpoint.Slot = slot;
        uint flags = LinuxCalls.EpollIn | LinuxCalls.EpollOut | LinuxCalls.EpollPeerHangUp | LinuxCalls.EpollEdgeTriggered;
        if (Control(LinuxCalls.ControlAdd, endpoint.Descriptor, flags, (ulong)slot) != 0) endpoint.Connection.Close(CloseReason.ReadError);
    }

    private void Resume(EpollEndpoint endpoint)
    {
        if (endpoint.Slot < 0) return;
        if (endpoint.PausedUntil != 0) _paused.Remove(endpoint);
        endpoint.PausedUntil = 0;
        // Word of a pause that was over already: the session still waits for something else.
        if (endpoint.Connection.Session.IsSuspended) return;
        if (endpoint.Suspended)
        {
            endpoint.Suspended = false;
            // Commands behind the one that suspended are already here.
            if (endpoint.Partial.Length > 0) HandleKept(endpoint);
        }

        endpoint.Readable = true;
        Read(endpoint);
    }

    private void HandleKept(EpollEndpoint endpoint)
    {
        byte[] kept = endpoint.Partial.Bytes.ToArray();
        endpoint.Partial.Release();
        Handle(endpoint, kept);
    }

    private void FinishClose(EpollEndpoint endpoint)
    {
        if (endpoint.Finished) return;
        if (!endpoint.Connection.Outbound.TrySeal())
        {
            // Somebody is inside a send with this descriptor: it may not be closed, and so reused, under their feet.
            Post(Work.Close, endpoint);
            return;
        }

        endpoint.Finished = true;
        // One that was refused at the door never had a slot.
        if (endpoint.Slot >= 0)
        {
            Control(LinuxCalls.ControlDelete, endpoint.Descriptor, 0, 0);
            _slots[endpoint.Slot] = null;
            _freeSlots.Push(endpoint.Slot);
            endpoint.Slot = -1;
        }

        endpoint.Partial.Release();
        if (endpoint.PausedUntil != 0) _paused.Remove(endpoint);
        endpoint.Dispose();
    }

    private void CloseAll()
    {
        RunPosted();
        foreach (EpollEndpoint? endpoint in _slots)
        {
            if (endpoint is null) continue;
            // Another loop or a stream's thread may be inside a send with this descriptor, whose number the host may get next.
            while (!endpoint.Connection.Outbound.TrySeal()) Thread.Yield();
            endpoint.Dispose();
        }

        _ = LinuxCalls.close(_epoll);
        _ = LinuxCalls.close(_wake);
    }

    private int Control(int operation, int descriptor, uint flags, ulong data)
    {
        Span<byte> epollEvent = stackalloc byte[16];
        EventBatch.Write(epollEvent, flags, data);
        return LinuxCalls.epoll_ctl(_epoll, operation, descriptor, ref epollEvent[0]);
    }
}
