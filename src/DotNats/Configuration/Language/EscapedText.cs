using System.Globalization;
using System.Text;

namespace DotNats.Configuration.Language;

/// <summary>A string under construction: what the cursor passed since its mark, escapes resolved.</summary>
// Collects bytes, not characters: \xHH writes one byte, and two of them may make one character.
internal sealed class EscapedText(ByteCursor cursor)
{
    private readonly ByteCursor _cursor = cursor;
    private List<byte>? _done;
    private int _from = cursor.MarkPosition;

    public bool HasEscapes => _done is not null;

    /// <summary>True when nothing was taken since the mark or the last escape.</summary>
    public bool IsEmpty => _cursor.Position == _from;

    /// <summary>Length of the string in bytes.</summary>
    public int ByteCount => (_done?.Count ?? 0) + _cursor.Position - _from;

    /// <summary>Takes the next character, which has no special meaning.</summary>
    public void TakeAny() => _cursor.Take();

    /// <summary>Takes the next character or escape; returns what is wrong with it, or null.</summary>
    public string? TakeOne()
    {
        int rune = _cursor.Peek();
        if (rune is ByteCursor.NotUtf8)
            return ValueLexer.BadText;
        if (rune != '\\')
        {
            _cursor.Take();
            return null;
        }
        (_done ??= []).AddRange(_cursor.BytesFrom(_from));
        _cursor.Take();
        string? error = Escape(_done);
        _from = _cursor.Position;
        return error;
    }

    public override string ToString()
    {
        if (_done is null)
            return Encoding.UTF8.GetString(_cursor.BytesFrom(_from));
        byte[] all = [.. _done, .. _cursor.BytesFrom(_from)];
        return Encoding.UTF8.GetString(all);
    }

    private string? Escape(List<byte> done)
    {
        int rune = _cursor.Take();
        switch (rune)
        {
            case 'x':
                return HexByte(done);
            case 't':
                done.Add((byte)'\t');
                return null;
            case 'n':
                done.Add((byte)'\n');
                return null;
            case 'r':
                done.Add((byte)'\r');
                return null;
            case '"' or '\\':
                done.Add((byte)rune);
                return null;
        }
        return $"Invalid escape character '{ValueLexer.Show(rune)}'. "
            + """Only the following escape characters are allowed: \xXX, \t, \n, \r, \", \\.""";
    }

    private string? HexByte(List<byte> done)
    {
        if (_cursor.Take() is '\n' or '\r' || _cursor.Take() is '\n' or '\r')
            return @"Expected two hexadecimal digits after '\x', but hit end of line";
        string digits = Encoding.Latin1.GetString(_cursor.BytesFrom(_cursor.Position - 2));
        if (!byte.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
            return $@"Expected two hexadecimal digits after '\x', but got '{digits}'";
        done.Add(value);
        return null;
    }
}
