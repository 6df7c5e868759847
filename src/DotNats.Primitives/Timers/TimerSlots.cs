using System.Numerics;

namespace DotNats.Primitives;

/// <summary>
/// The slots of a hierarchical wheel, without clock or lock: eight levels of 64 slots. A timer stands on the level of the highest base-64
/// digit in which its due tick differs from the current tick, so within a level slots only lie ahead and a lower level always comes first.
/// </summary>
internal sealed class TimerSlots
{
    /// <summary>No timer waits.</summary>
    public const long Never = long.MaxValue;

    private const int LevelBits = 6;
    private const int LevelSlots = 1 << LevelBits;
    // 48 bits of ticks: more than a TimeSpan holds at 10 ms each, so no timer is ever too far ahead.
    private const int Levels = 8;
    private const int ExpiredSlot = Levels * LevelSlots;

    private readonly WheelTimer?[] _heads = new WheelTimer?[ExpiredSlot + 1];

    // A lower bound of the due ticks in each slot, so that an outer slot need not be walked to know when to wake.
    private readonly long[] _earliest = new long[Levels * LevelSlots];
    private readonly ulong[] _occupied = new ulong[Levels];
    private long _tick;

    /// <summary>Timers that wait or have expired without being popped.</summary>
    public int Count { get; private set; }

    public void Link(WheelTimer timer, long dueTick)
    {
        timer.DueTick = dueTick;
        Append(timer, SlotOf(dueTick));
        Count++;
    }

    public void Unlink(WheelTimer timer)
    {
        Detach(timer);
        Count--;
    }

    /// <summary>The timer that expired first, unlinked; null when none has up to <paramref name="nowTick"/>.</summary>
    public WheelTimer? PopExpired(long nowTick)
    {
        Advance(nowTick);
        WheelTimer? first = _heads[ExpiredSlot];
        if (first is not null)
            Unlink(first);
        return first;
    }

    /// <summary>A tick before which no timer is due; mostly the very tick of the next one.</summary>
    public long NextTick()
    {
        if (_heads[ExpiredSlot] is not null)
            return _tick;
        int slot = FirstOccupied();
        return slot < 0 ? Never : _earliest[slot];
    }

    private void Advance(long nowTick)
    {
        while (true)
        {
            int slot = FirstOccupied();
            if (slot < 0 || StartOf(slot) > nowTick)
                break;
            _tick = StartOf(slot);
            Spread(slot);
        }
        _tick = Math.Max(_tick, nowTick);
    }

    /// <summary>Moves the timers of a slot whose time has come one or more levels in, or to the expired ones.</summary>
    private void Spread(int slot)
    {
        while (_heads[slot] is { } timer)
        {
            Detach(timer);
            Append(timer, SlotOf(timer.DueTick));
        }
    }

    private int SlotOf(long dueTick)
    {
        if (dueTick <= _tick)
            return ExpiredSlot;
        int level = BitOperations.Log2((ulong)(dueTick ^ _tick)) / LevelBits;
        return (level * LevelSlots) + (int)((dueTick >> (level * LevelBits)) & (LevelSlots - 1));
    }

    private int FirstOccupied()
    {
        for (int level = 0; level < Levels; level++)
        {
            if (_occupied[level] != 0)
                return (level * LevelSlots) + BitOperations.TrailingZeroCount(_occupied[level]);
        }
        return -1;
    }

    private long StartOf(int slot)
    {
        int shift = slot / LevelSlots * LevelBits;
        long above = _tick >> (shift + LevelBits) << (shift + LevelBits);
        return above | ((long)(slot % LevelSlots) << shift);
    }

    private void Append(WheelTimer timer, int slot)
    {
        timer.Slot = slot;
        ref WheelTimer? head = ref _heads[slot];
        if (head is null)
        {
            head = timer.Next = timer.Previous = timer;
            if (slot == ExpiredSlot)
                return;
            _occupied[slot / LevelSlots] |= 1UL << (slot % LevelSlots);
            _earliest[slot] = timer.DueTick;
            return;
        }
        timer.Next = head;
        timer.Previous = head.Previous;
        head.Previous!.Next = timer;
        head.Previous = timer;
        if (slot != ExpiredSlot)
            _earliest[slot] = Math.Min(_earliest[slot], timer.DueTick);
    }

    private void Detach(WheelTimer timer)
    {
        int slot = timer.Slot;
        if (ReferenceEquals(timer.Next, timer))
        {
            _heads[slot] = null;
            if (slot != ExpiredSlot)
                _occupied[slot / LevelSlots] &= ~(1UL << (slot % LevelSlots));
        }
        else
        {
            timer.Previous!.Next = timer.Next;
            timer.Next!.Previous = timer.Previous;
            if (ReferenceEquals(_heads[slot], timer))
                _heads[slot] = timer.Next;
        }
        timer.Next = timer.Previous = null;
        timer.Slot = -1;
    }
}
