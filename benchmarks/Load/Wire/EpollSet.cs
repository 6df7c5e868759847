using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Load.Wire;

/// <summary>One ready descriptor: the token it was added with and what it is ready for.</summary>
internal readonly record struct ReadyEvent(int Token, bool Readable, bool Writable);

/// <summary>An epoll instance used by one thread.</summary>
internal sealed unsafe class EpollSet : IDisposable
{
    internal const uint In = 0x001;
    internal const uint Out = 0x004;
    internal const uint ErrorOrHangUp = 0x018;

    /// <summary>Readable and writable, told once per change: an idle writable socket would otherwise wake the loop for ever.</summary>
    internal const uint InAndOutEdges = In | Out | 0x80000000;

    private const int AddOperation = 1;
    private const int MaxEvents = 256;

    // struct epoll_event is packed on x86-64 only; elsewhere its 64-bit data is aligned.
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int Stride = DataOffset + 8;

    private readonly int _descriptor = Libc.EpollCreate(0x80000);
    private readonly byte[] _events = GC.AllocateArray<byte>(MaxEvents * 16, pinned: true);

    internal void Add(int descriptor, uint events, int token)
    {
        byte* change = stackalloc byte[16];
        *(uint*)change = events;
        BinaryPrimitives.WriteInt64LittleEndian(new Span<byte>(change + DataOffset, 8), token);
        if (Libc.EpollControl(_descriptor, AddOperation, descriptor, change) != 0)
            throw new InvalidOperationException($"epoll_ctl: error {Marshal.GetLastPInvokeError()}");
    }

    /// <summary>
    /// Waits up to <paramref name="timeoutMilliseconds"/> (0: only asks) and returns how many events <see cref="this"/> holds.
    /// </summary>
    internal int Wait(int timeoutMilliseconds)
    {
        fixed (byte* events = _events)
        {
            int count = Libc.EpollWait(_descriptor, events, MaxEvents, timeoutMilliseconds);
            if (count >= 0) return count;
            int error = Marshal.GetLastPInvokeError();
            return error == Libc.Interrupted ? 0 : throw new InvalidOperationException($"epoll_wait: error {error}");
        }
    }

    internal ReadyEvent this[int index]
    {
        get
        {
            ReadOnlySpan<byte> entry = _events.AsSpan(index * Stride, Stride);
            uint events = BinaryPrimitives.ReadUInt32LittleEndian(entry);
            int token = (int)BinaryPrimitives.ReadInt64LittleEndian(entry[DataOffset..]);
            return new ReadyEvent(token, (events & (In | ErrorOrHangUp)) != 0, (events & Out) != 0);
        }
    }

    public void Dispose() => _ = Libc.Close(_descriptor);
}
