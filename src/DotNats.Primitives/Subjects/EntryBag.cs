using System.Runtime.CompilerServices;

namespace DotNats.Primitives;

/// <summary>Two or more entries with equal subjects, densely in an array; above a limit also indexed by identity for removal.</summary>
internal sealed class EntryBag
{
    // Below this a scan of references is as fast as a dictionary and costs no memory.
    private const int IndexedFrom = 32;

    private object[] _items;
    private int _count;
    private Dictionary<object, int>? _index;

    public EntryBag(object first, object second)
    {
        _items = [first, second];
        _count = 2;
    }

    public int Count => _count;

    public object First => _items[0];

    public byte[] Subject => Unsafe.As<ISubjectEntry>(_items[0]).Subject;

    public ReadOnlySpan<object> Items => new(_items, 0, _count);

    /// <returns>False when the entry is here already.</returns>
    public bool Add(object entry)
    {
        if (IndexOf(entry) >= 0)
            return false;
        if (_count == _items.Length)
            Array.Resize(ref _items, _count < 8 ? _count * 2 : _count + (_count / 2));
        _items[_count] = entry;
        _index?.Add(entry, _count);
        _count++;
        if (_index is null && _count > IndexedFrom)
            BuildIndex();
        return true;
    }

    /// <returns>False when the entry is not here.</returns>
    public bool Remove(object entry)
    {
        int at = IndexOf(entry);
        if (at < 0)
            return false;
        _count--;
        object moved = _items[_count];
        _items[at] = moved;
        _items[_count] = null!;
        if (_index is not null)
        {
            _index[moved] = at;
            _index.Remove(entry);
        }
        Shrink();
        return true;
    }

    private void Shrink()
    {
        // Half of the limit: a bag that hovers around the limit must not rebuild its index again and again.
        if (_index is not null && _count <= IndexedFrom / 2)
            _index = null;
        if (_items.Length > 8 && _count * 4 <= _items.Length)
        {
            Array.Resize(ref _items, _count * 2);
            _index?.TrimExcess(_count * 2);
        }
    }

    private int IndexOf(object entry)
    {
        if (_index is not null)
            return _index.TryGetValue(entry, out int at) ? at : -1;
        for (int i = 0; i < _count; i++)
        {
            if (ReferenceEquals(_items[i], entry))
                return i;
        }
        return -1;
    }

    private void BuildIndex()
    {
        _index = new Dictionary<object, int>(_count * 2, ReferenceEqualityComparer.Instance);
        for (int i = 0; i < _count; i++)
            _index.Add(_items[i], i);
    }
}
