using System.IO.MemoryMappedFiles;

namespace Load.Workers;

/// <summary>How many messages each publisher has sent and each subscriber received, visible to every process of a run.</summary>
// Owner: each slot is written by the one worker that runs that connection; anybody reads. Slots are a cache line apart.
internal sealed unsafe class SharedCounters : IDisposable
{
    private const int SlotBytes = 64;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;

    internal SharedCounters(string path, int slots)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.OpenOrCreate, null, slots * SlotBytes);
        _view = _file.CreateViewAccessor();
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    internal long this[int slot]
    {
        get => Volatile.Read(ref *(long*)(_start + slot * SlotBytes));
        set => Volatile.Write(ref *(long*)(_start + slot * SlotBytes), value);
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
