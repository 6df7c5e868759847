using System.Buffers;
using System.Text;

namespace DotNats.Configuration.Language;

/// <summary>Walks over UTF-8 text one character at a time and knows line and column.</summary>
// Owner: one ConfigLexer. Invariant: _mark <= _position <= _text.Length.
internal sealed class ByteCursor(byte[] text)
{
    /// <summary>What <see cref="Peek"/> gives behind the last character.</summary>
    public const int EndOfText = -1;

    /// <summary>What <see cref="Peek"/> gives for bytes that are not UTF-8.</summary>
    public const int NotUtf8 = -2;

    private readonly byte[] _text = text;
    private int _position;
    private int _mark;
    private int _lineStart;
    private int _markLineStart;

    /// <summary>Bytes before the next character.</summary>
    public int Position => _position;

    /// <summary>Bytes before the mark.</summary>
    public int MarkPosition => _mark;

    /// <summary>Line of the next character, from 1.</summary>
    public int Line { get; private set; } = 1;

    /// <summary>Bytes between the mark and the next character.</summary>
    public int MarkedLength => _position - _mark;

    /// <summary>Column of the mark, see <see cref="ConfigToken"/>.</summary>
    public int MarkColumn => _mark - _markLineStart;

    /// <summary>Bytes from the start of the mark's line to the next character.</summary>
    public int EndColumn => _position - _markLineStart;

    /// <summary>The next character without taking it.</summary>
    public int Peek()
    {
        if (_position >= _text.Length)
            return EndOfText;
        byte first = _text[_position];
        if (first < 0x80)
            return first;
        return Rune.DecodeFromUtf8(_text.AsSpan(_position), out Rune rune, out _) == OperationStatus.Done ? rune.Value : NotUtf8;
    }

    /// <summary>Takes the next character and returns it.</summary>
    public int Take()
    {
        int rune = Peek();
        if (rune == EndOfText)
            return rune;
        if (rune == '\n')
        {
            Line++;
            _lineStart = _position;
        }
        _position += rune >= 0x80 ? new Rune(rune).Utf8SequenceLength : 1;
        return rune;
    }

    /// <summary>Takes the next character if it is <paramref name="rune"/>.</summary>
    public bool TryTake(int rune)
    {
        if (Peek() != rune)
            return false;
        Take();
        return true;
    }

    /// <summary>Makes the next character the first of what <see cref="Marked"/> returns.</summary>
    public void Mark()
    {
        _mark = _position;
        _markLineStart = _lineStart;
    }

    /// <summary>The text from the mark up to the next character.</summary>
    public string Marked() => Encoding.UTF8.GetString(BytesFrom(_mark));

    /// <summary>Whether the bytes at <paramref name="offset"/> from the next character are <paramref name="value"/>; false outside the text.</summary>
    public bool IsByteAt(int offset, byte value) =>
        (uint)(_position + offset) < (uint)_text.Length && _text[_position + offset] == value;

    /// <summary>True when <paramref name="offset"/> bytes on from the next character the text has ended.</summary>
    public bool IsEndAt(int offset) => _position + offset >= _text.Length;

    /// <summary>The bytes from <paramref name="start"/> up to the next character.</summary>
    public ReadOnlySpan<byte> BytesFrom(int start) => _text.AsSpan(start, _position - start);

    /// <summary>Takes everything up to, not including, the next carriage return or line feed; the bytes may be anything.</summary>
    public void SkipLine()
    {
        int length = _text.AsSpan(_position).IndexOfAny((byte)'\n', (byte)'\r');
        _position = length < 0 ? _text.Length : _position + length;
    }
}
