using System.Text;

namespace DotNats.Configuration.Language;

/// <summary>Cuts a configuration file into tokens. Next stop: <see cref="ConfigParser"/>.</summary>
/// <remarks>
/// Grammar, as nats-server reads it: the top level is a map whose braces may be left out; <c>key = value</c>, <c>key : value</c> or
/// <c>key value</c>; entries end with a line, <c>,</c> or <c>;</c>; comments run from <c>#</c> or <c>//</c> to the end of the line.
/// </remarks>
// Not recursive: what follows a value or comment is kept on a stack, so nesting costs heap and never the thread's stack.
internal sealed class ConfigLexer
{
    /// <summary>Braces and brackets inside one another; the deepest meaningful file has about ten.</summary>
    public const int MaxNesting = 1000;

    /// <summary>What is said of more.</summary>
    public const string TooDeep = "Maps and arrays are nested more than 1000 deep";

    private readonly ByteCursor _cursor;
    private readonly ValueLexer _values;
    private readonly Stack<Place> _next = new();
    private Place _place = Place.TopEntry;
    private ConfigTokenKind _last;

    public ConfigLexer(byte[] text)
    {
        _cursor = new ByteCursor(text);
        _values = new ValueLexer(_cursor);
    }

    /// <summary>Where the lexer stands; names say what may come next.</summary>
    private enum Place
    {
        TopEntry,
        TopAfterValue,
        BlockEntry,
        BlockAfterValue,
        BlockEnd,
        KeyEnd,
        Value,
        ArrayEntry,
        ArrayAfterValue,
        MapEntry,
        MapKeyEnd,
        MapValue,
        MapAfterValue,
    }

    /// <summary>The next token; after <see cref="ConfigTokenKind.End"/> or <see cref="ConfigTokenKind.Error"/> there is none.</summary>
    public ConfigToken Next()
    {
        while (true)
        {
            if (Step() is { } token)
            {
                // An open quote at the very end hides from every rule but this one.
                if (token.Kind == ConfigTokenKind.End && _values.QuoteIsOpen && _last != ConfigTokenKind.Key)
                    return Error("Unexpected EOF.");
                _last = token.Kind;
                return token;
            }
        }
    }

    private ConfigToken? Step() => _place switch
    {
        Place.TopEntry => TopEntry(),
        Place.TopAfterValue => TopAfterValue(),
        Place.BlockEntry => BlockEntry(),
        Place.BlockAfterValue => BlockAfterValue(),
        Place.BlockEnd => BlockEnd(),
        Place.KeyEnd => KeyEnd(),
        Place.Value => Value(),
        Place.ArrayEntry => ArrayEntry(),
        Place.ArrayAfterValue => ArrayAfterValue(),
        Place.MapEntry => MapEntry(),
        Place.MapKeyEnd => MapKeyEnd(),
        Place.MapValue => MapValue(),
        _ => MapAfterValue(),
    };

    private ConfigToken? TopEntry()
    {
        SkipSpace();
        _cursor.Mark();
        if (_cursor.TryTake('{'))
            return Enter(Place.BlockEntry, then: Place.TopEntry);
        if (SkipComment())
            return null;
        if (_cursor.Peek() is ByteCursor.EndOfText)
            return Token(ConfigTokenKind.End);
        return _cursor.Peek() == '/' ? Error("Unexpected EOF.") : Key(Place.TopAfterValue);
    }

    private ConfigToken? TopAfterValue()
    {
        SkipBlanksAndSlashes();
        if (SkipComment(Place.TopEntry))
            return null;
        if (_cursor.Peek() is '\n' or '\r' or ';' or ',' or '}' or ByteCursor.EndOfText)
            return TakeAndGo(Place.TopEntry);
        return Unexpected(c => $"Expected a top-level value to end with a new line, comment or EOF, but got '{c}' instead.");
    }

    // A block is the pair of braces some files put around the whole: its keys are top-level keys.
    private ConfigToken? BlockEntry()
    {
        SkipSpace();
        _cursor.Mark();
        if (_cursor.TryTake('{'))
            return Enter(Place.BlockEntry, then: Place.BlockEnd);
        if (_cursor.TryTake('}'))
            return Leave();
        if (SkipComment())
            return null;
        if (_cursor.Peek() is ByteCursor.EndOfText)
            return Token(ConfigTokenKind.End);
        return _cursor.Peek() == '/' ? Error("Unexpected EOF.") : Key(Place.BlockAfterValue);
    }

    private ConfigToken? BlockAfterValue()
    {
        SkipBlanksAndSlashes();
        if (SkipComment())
            return null;
        if (_cursor.Peek() is '\n' or '\r' or ';' or ',')
            return TakeAndGo(Place.BlockEntry);
        if (_cursor.Peek() == '}')
            return Go(Place.BlockEnd);
        return Unexpected(c => $"Expected a block-level value to end with a new line, comment or EOF, but got '{c}' instead.");
    }

    private ConfigToken? BlockEnd()
    {
        SkipBlanksAndSlashes();
        if (SkipComment(Place.BlockEntry))
            return null;
        if (_cursor.Peek() is '\n' or '\r')
            return TakeAndGo(Place.BlockEnd);
        if (_cursor.Peek() is ';' or ',')
            return TakeAndGo(Place.BlockEntry);
        if (_cursor.TryTake('}'))
            return Leave();
        return Unexpected(c => $"Expected a block-level to end with a '}}', but got '{c}' instead.");
    }

    /// <summary>A key at the top or in a block: quoted, or everything up to a space, <c>=</c> or <c>:</c>.</summary>
    private ConfigToken? Key(Place after)
    {
        int first = _cursor.Peek();
        if (first is '=' or ':')
            return Error($"Unexpected key separator '{(char)first}'");
        _next.Push(after);
        if (first is '"' or '\'')
            return QuotedKey(Place.KeyEnd, "Unexpected EOF.");
        SkipKey();
        return BareKey(Place.KeyEnd, after: null);
    }

    private ConfigToken? KeyEnd()
    {
        SkipSpace();
        _cursor.Mark();
        if (_cursor.Peek() is ByteCursor.EndOfText)
            return Token(ConfigTokenKind.End);
        if (_cursor.Peek() is '=' or ':')
            _cursor.Take();
        return Go(Place.Value);
    }

    private ConfigToken? Value()
    {
        while (_cursor.Peek() is ' ' or '\t')
            _cursor.Take();
        _cursor.Mark();
        if (_cursor.TryTake('['))
            return Open(ConfigTokenKind.ArrayStart, Place.ArrayEntry);
        if (_cursor.TryTake('{'))
            return Open(ConfigTokenKind.MapStart, Place.MapEntry);
        ConfigToken token = _values.Read();
        Leave();
        return token;
    }

    private ConfigToken? ArrayEntry()
    {
        SkipSpace();
        if (SkipComment())
            return null;
        if (_cursor.Peek() is '/' or ',')
            return Error("Unexpected array value terminator ','.");
        if (_cursor.TryTake(']'))
            return Close(ConfigTokenKind.ArrayEnd);
        return Enter(Place.Value, then: Place.ArrayAfterValue);
    }

    private ConfigToken? ArrayAfterValue()
    {
        SkipBlanks();
        if (SkipComment())
            return null;
        if (_cursor.Peek() is ',' or '\n' or '\r' or '/')
            return TakeAndGo(Place.ArrayEntry);
        if (_cursor.TryTake(']'))
            return Close(ConfigTokenKind.ArrayEnd);
        return Unexpected(c => $"Expected an array value terminator \",\" or an array terminator \"]\", but got '{c}' instead.");
    }

    private ConfigToken? MapEntry()
    {
        SkipSpace();
        if (SkipComment())
            return null;
        int first = _cursor.Peek();
        switch (first)
        {
            case '=' or ':':
                return Error($"Unexpected key separator '{(char)first}'.");
            case ']':
                return Error("Unexpected array end ']' processing map.");
            case '}':
                _cursor.Take();
                return Close(ConfigTokenKind.MapEnd);
            case '"':
                return QuotedKey(Place.MapKeyEnd, "Unexpected EOF processing double quoted map key.");
            case '\'':
                return QuotedKey(Place.MapKeyEnd, "Unexpected EOF processing quoted map key.");
            case ByteCursor.EndOfText:
                return Error("Unexpected EOF processing map.");
        }
        // Compat: a lone slash is dropped and whatever follows begins the key, even a blank.
        _cursor.TryTake('/');
        _cursor.Mark();
        _cursor.Take();
        SkipKey();
        return _cursor.Peek() is ByteCursor.EndOfText
            ? Error("Unexpected EOF processing map key.")
            : BareKey(Place.MapKeyEnd, Place.MapAfterValue);
    }

    private ConfigToken? MapKeyEnd()
    {
        SkipSpace();
        if (_cursor.Peek() is '=' or ':')
            _cursor.Take();
        return Go(Place.MapValue);
    }

    private ConfigToken? MapValue()
    {
        SkipSpace();
        if (_cursor.Peek() == ',')
            return Error("Unexpected map value terminator \",\".");
        if (_cursor.TryTake('}'))
            return Close(ConfigTokenKind.MapEnd);
        return Enter(Place.Value, then: Place.MapAfterValue);
    }

    private ConfigToken? MapAfterValue()
    {
        SkipBlanks();
        if (SkipComment())
            return null;
        if (_cursor.Peek() is ';' or ',' or '\n' or '\r' or '/')
            return TakeAndGo(Place.MapEntry);
        if (_cursor.TryTake('}'))
            return Close(ConfigTokenKind.MapEnd);
        return Unexpected(c => $"Expected a map value terminator \",\" or a map terminator \"}}\", but got '{c}' instead.");
    }

    private ConfigToken? QuotedKey(Place then, string endError)
    {
        int quote = _cursor.Take();
        _cursor.Mark();
        while (_cursor.Peek() != quote)
        {
            if (_cursor.Peek() is ByteCursor.NotUtf8)
                return Error(ValueLexer.BadText);
            if (_cursor.Take() is ByteCursor.EndOfText)
                return Error(endError);
        }
        ConfigToken key = Token(ConfigTokenKind.Key, _cursor.Marked());
        _cursor.Take();
        _place = then;
        return key;
    }

    /// <summary>The key between the mark and here, unless it is the word <c>include</c>, which wants a blank behind it.</summary>
    private ConfigToken? BareKey(Place then, Place? after)
    {
        string key = _cursor.Marked();
        if (_cursor.Peek() is ByteCursor.NotUtf8)
            return Error(ValueLexer.BadText);
        if (_cursor.Peek() is not (ByteCursor.EndOfText or '=' or ':') && key.Equals("include", StringComparison.OrdinalIgnoreCase))
        {
            SkipBlanks();
            _cursor.Mark();
            ConfigToken include = _values.ReadInclude();
            _place = after ?? _next.Pop();
            return include;
        }
        _place = then;
        return Token(ConfigTokenKind.Key, key);
    }

    private void SkipKey()
    {
        while (_cursor.Peek() is var rune && rune is not ('=' or ':' or ByteCursor.EndOfText or ByteCursor.NotUtf8) && !IsSpace(rune))
            _cursor.Take();
    }

    /// <summary>Skips a comment and stays at this place, or goes to another.</summary>
    private bool SkipComment(Place? then = null)
    {
        if (_cursor.Peek() != '#' && !(_cursor.Peek() == '/' && _cursor.IsByteAt(1, (byte)'/')))
            return false;
        _cursor.SkipLine();
        _place = then ?? _place;
        return true;
    }

    private void SkipSpace()
    {
        while (IsSpace(_cursor.Peek()))
            _cursor.Take();
    }

    private void SkipBlanks()
    {
        while (_cursor.Peek() is ' ' or '\t')
            _cursor.Take();
    }

    // Compat: behind a top-level or block value nats-server overlooks a lone slash.
    private void SkipBlanksAndSlashes()
    {
        while (_cursor.Peek() is ' ' or '\t' || (_cursor.Peek() == '/' && !_cursor.IsByteAt(1, (byte)'/')))
            _cursor.Take();
    }

    private static bool IsSpace(int rune) => rune >= 0 && Rune.IsWhiteSpace(new Rune(rune));

    private ConfigToken? Go(Place place)
    {
        _place = place;
        return null;
    }

    private ConfigToken? TakeAndGo(Place place)
    {
        _cursor.Take();
        return Go(place);
    }

    private ConfigToken? Enter(Place place, Place then)
    {
        if (_next.Count >= MaxNesting)
            return Error(TooDeep);
        _next.Push(then);
        return Go(place);
    }

    private ConfigToken? Leave() => Go(_next.Pop());

    private ConfigToken? Open(ConfigTokenKind kind, Place place)
    {
        _cursor.Mark();
        _place = place;
        return Token(kind);
    }

    private ConfigToken? Close(ConfigTokenKind kind)
    {
        _cursor.Mark();
        Leave();
        return Token(kind);
    }

    private ConfigToken Token(ConfigTokenKind kind, string text = "") => new(kind, text, _cursor.Line, _cursor.MarkColumn);

    private ConfigToken Error(string message) => new(ConfigTokenKind.Error, message, _cursor.Line, 0);

    private ConfigToken Unexpected(Func<string, string> message)
    {
        string shown = ValueLexer.Show(_cursor.Take());
        return Error(message(shown));
    }
}
