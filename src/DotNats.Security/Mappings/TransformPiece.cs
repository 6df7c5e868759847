using System.Text;
using DotNats.Primitives;

namespace DotNats.Security;

/// <summary>What a part of a destination is made from.</summary>
internal enum TransformPieceKind
{
    /// <summary>The same bytes always.</summary>
    Text,

    /// <summary>A token of the subject.</summary>
    Token,

    /// <summary>A token and everything behind it.</summary>
    Rest,
    Partition,
    SplitFromLeft,
    SplitFromRight,
    SliceFromLeft,
    SliceFromRight,
    Right,
    Left,
    Split,
    Random,
}

/// <summary>One part of a compiled destination. Its functions are the ones of nats-server, byte for byte.</summary>
internal readonly struct TransformPiece
{
    private const uint HashStart = 2166136261;
    private const uint HashPrime = 16777619;
    private const int MostDigits = 10;

    private readonly int[] _tokens;
    private readonly int _number;

    private TransformPiece(TransformPieceKind kind, int[] tokens, int number, byte[] text)
    {
        Kind = kind;
        Text = text;
        _tokens = tokens;
        _number = number;
    }

    public TransformPieceKind Kind { get; }

    /// <summary>The bytes of a text, the delimiter of a split.</summary>
    public byte[] Text { get; }

    /// <summary>Index of the token it is made from.</summary>
    public int Token => _tokens[0];

    /// <summary>Bytes it can have whatever the subject.</summary>
    public int FixedBytes => Kind switch
    {
        TransformPieceKind.Text => Text.Length,
        TransformPieceKind.Partition or TransformPieceKind.Random => MostDigits,
        _ => 1,
    };

    /// <summary>How often the subject's length comes to those at most.</summary>
    public int Copies => Kind switch
    {
        TransformPieceKind.Text or TransformPieceKind.Partition or TransformPieceKind.Random => 0,
        TransformPieceKind.SliceFromLeft or TransformPieceKind.SliceFromRight or TransformPieceKind.Split => 2,
        _ => 1,
    };

    public static TransformPiece Literal(byte[] text) => new(TransformPieceKind.Text, [], 0, text);

    public static TransformPiece Whole(int token) => new(TransformPieceKind.Token, [token], 0, []);

    public static TransformPiece Rest(int token) => new(TransformPieceKind.Rest, [token], 0, []);

    public static TransformPiece Of(in MappingFunction function, int[] tokens) =>
        new(KindOf(function.Kind), tokens, function.Number, Encoding.UTF8.GetBytes(function.Delimiter));

    /// <summary>Appends what neither is text nor a plain token.</summary>
    public void WriteFunction(ref TokenCursor tokens, ref SubjectWriter writer, SpreadRandom random)
    {
        switch (Kind)
        {
            case TransformPieceKind.Rest:
                writer.Append(tokens.From(Token));
                break;
            case TransformPieceKind.Partition:
                writer.Append(Partition(ref tokens));
                break;
            case TransformPieceKind.Random:
                // Compat: a negative bound counts as a positive one.
                writer.Append(_number == 0 ? 0 : (uint)random.Next(_number == int.MinValue ? int.MaxValue : Math.Abs(_number)));
                break;
            default:
                WriteToken(tokens.Token(Token), ref writer);
                break;
        }
    }

    private static TransformPieceKind KindOf(MappingFunctionKind kind) => kind switch
    {
        MappingFunctionKind.Wildcard => TransformPieceKind.Token,
        MappingFunctionKind.Partition => TransformPieceKind.Partition,
        MappingFunctionKind.SplitFromLeft => TransformPieceKind.SplitFromLeft,
        MappingFunctionKind.SplitFromRight => TransformPieceKind.SplitFromRight,
        MappingFunctionKind.SliceFromLeft => TransformPieceKind.SliceFromLeft,
        MappingFunctionKind.SliceFromRight => TransformPieceKind.SliceFromRight,
        MappingFunctionKind.Right => TransformPieceKind.Right,
        MappingFunctionKind.Left => TransformPieceKind.Left,
        MappingFunctionKind.Split => TransformPieceKind.Split,
        MappingFunctionKind.Random => TransformPieceKind.Random,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private void WriteToken(ReadOnlySpan<byte> token, ref SubjectWriter writer)
    {
        // Compat: a length or position that is not inside the token leaves it as it is.
        bool inside = _number > 0 && _number < token.Length;
        switch (Kind)
        {
            case TransformPieceKind.Split:
                WriteSplit(token, ref writer);
                break;
            case TransformPieceKind.SplitFromLeft when inside:
                WriteTwo(token, _number, ref writer);
                break;
            case TransformPieceKind.SplitFromRight when inside:
                WriteTwo(token, token.Length - _number, ref writer);
                break;
            case TransformPieceKind.SliceFromLeft when inside:
                WriteSlices(token, _number, ref writer);
                break;
            case TransformPieceKind.SliceFromRight when inside:
                WriteSlices(token, token.Length % _number, ref writer);
                break;
            case TransformPieceKind.Left when inside:
                writer.Append(token[.._number]);
                break;
            case TransformPieceKind.Right when inside:
                writer.Append(token[^_number..]);
                break;
            default:
                writer.Append(token);
                break;
        }
    }

    // FNV-1a of 32 bits over the tokens put together, or over the whole subject.
    private uint Partition(ref TokenCursor tokens)
    {
        if (_number == 0)
            return 0;
        uint hash = HashStart;
        if (_tokens.Length == 0)
            hash = Hash(hash, tokens.From(0));
        foreach (int token in _tokens)
            hash = Hash(hash, tokens.Token(token));
        return hash % (uint)_number;
    }

    private static uint Hash(uint hash, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
            hash = (hash ^ value) * HashPrime;
        return hash;
    }

    private static void WriteTwo(ReadOnlySpan<byte> token, int at, ref SubjectWriter writer)
    {
        writer.Append(token[..at]);
        writer.Append((byte)'.');
        writer.Append(token[at..]);
    }

    // The first slice has what is left over where slices are counted from the right, the last one otherwise.
    private void WriteSlices(ReadOnlySpan<byte> token, int first, ref SubjectWriter writer)
    {
        int length = first == 0 ? _number : first;
        while (token.Length > length)
        {
            writer.Append(token[..length]);
            writer.Append((byte)'.');
            token = token[length..];
            length = _number;
        }

        writer.Append(token);
    }

    // Compat: an empty part is left out with one of its dots, but two or more at the start leave one dot behind.
    private void WriteSplit(ReadOnlySpan<byte> token, ref SubjectWriter writer)
    {
        bool isFirst = true;
        bool more;
        do
        {
            more = TakePart(ref token, out ReadOnlySpan<byte> part);
            writer.Append(part);
            bool nextIsEmpty = more && IsPartEmpty(token);
            if (more && !nextIsEmpty && !(isFirst && part.IsEmpty))
                writer.Append((byte)'.');
            isFirst = false;
        }
        while (more);
    }

    // False when the part is the last one.
    private bool TakePart(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> part)
    {
        int at = Text.Length == 0 ? CharacterLength(rest) : rest.IndexOf(Text);
        bool more = Text.Length == 0 ? at < rest.Length : at >= 0;
        part = more ? rest[..at] : rest;
        rest = more ? rest[(at + Text.Length)..] : default;
        return more;
    }

    private bool IsPartEmpty(ReadOnlySpan<byte> rest) => rest.IsEmpty || (Text.Length > 0 && rest.StartsWith(Text));

    // Without a delimiter every character is a part.
    private static int CharacterLength(ReadOnlySpan<byte> text)
    {
        Rune.DecodeFromUtf8(text, out _, out int length);
        return text.IsEmpty ? 0 : length;
    }
}

/// <summary>Pieces in the making; texts that follow each other become one.</summary>
internal sealed class PieceList
{
    private readonly List<TransformPiece> _pieces = [];
    private readonly List<byte> _text = [];

    public void AddText(string text) => _text.AddRange(Encoding.UTF8.GetBytes(text));

    public void Add(TransformPiece piece)
    {
        FlushText();
        _pieces.Add(piece);
    }

    public TransformPiece[] ToArray()
    {
        FlushText();
        return [.. _pieces];
    }

    private void FlushText()
    {
        if (_text.Count > 0)
            _pieces.Add(TransformPiece.Literal([.. _text]));
        _text.Clear();
    }
}
