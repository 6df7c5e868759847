using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace DotNats.Server.Transport.Epoll;

/// <summary>A buffer of <c>struct epoll_event</c>, which is packed to 12 bytes on x86-64 and 16 bytes everywhere else.</summary>
internal sealed class EventBatch
{
    private static readonly bool Packed = RuntimeInformation.ProcessArchitecture == Architecture.X64;
    private static readonly int Stride = Packed ? 12 : 16;
    private static readonly int DataOffset = Packed ? 4 : 8;

    private readonly byte[] _events;

    public EventBatch(int capacity)
    {
        Capacity = capacity;
        _events = GC.AllocateArray<byte>(capacity * 16, pinned: true);
    }

    public int Capacity { get; }

    public ref byte Start => ref _events[0];

    public uint Flags(int index) => BinaryPrimitives.ReadUInt32LittleEndian(_events.AsSpan(index * Stride));

    public ulong Data(int index) => BinaryPrimitives.ReadUInt64LittleEndian(_events.AsSpan(index * Stride + DataOffset));

    /// <summary>Writes one event for <c>epoll_ctl</c>.</summary>
    public static void Write(Span<byte> target, uint flags, ulong data)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, flags);
        BinaryPrimitives.WriteUInt64LittleEndian(target[DataOffset..], data);
    }
}
