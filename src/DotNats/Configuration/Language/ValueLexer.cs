using System.Text;

namespace DotNats.Configuration.Language;

/// <summary>Reads one simple value or an include's file name; braces and brackets are <see cref="ConfigLexer"/>'s.</summary>
internal sealed class ValueLexer(ByteCursor cursor)
{
    /// <summary>What is said of bytes that are no UTF-8 outside comments.</summary>
    public const string BadText = "Expected UTF-8 text";

    private readonly ByteCursor _cursor = cursor;

    /// <summary>True once the text ended directly behind an opening quote.</summary>
    public bool QuoteIsOpen { get; private set; }

    /// <summary>Reads the value that begins at the cursor, where the mark is.</summary>
    public ConfigToken Read()
    {
        int first = _cursor.Peek();
        switch (first)
        {
            case '\'':
                return RawQuoted();
            case '"':
                _cursor.Take();
                _cursor.Mark();
                return DoubleQuoted();
            case '(':
                _cursor.Take();
                _cursor.Mark();
                return Block();
            case '-':
                return Negative();
            case '.':
                _cursor.Take();
                return Error("Floats must start with a digit");
            case '\n' or '\r':
                _cursor.Take();
                return Error("Expected value but found new line");
        }
        return IsDigit(first) ? Number() : Bare();
    }

    /// <summary>Reads the file name behind <c>include</c>, quoted or bare.</summary>
    public ConfigToken ReadInclude()
    {
        int first = _cursor.Peek();
        switch (first)
        {
            case '\'' or '"':
                return IncludeQuoted(_cursor.Take());
            case '[' or '{' or '(':
                return Error($"Expected include value but found start of {(first == '[' ? "an array" : first == '{' ? "a map" : "a block")}");
            case '\\':
                return Error("Expected include value but found escape sequence");
            case '\n' or '\r':
                _cursor.Take();
                return Error("Expected include value but found new line");
        }
        if (first == '-' || IsDigit(first))
            return Error("Expected include value but found start of a number");
        while (_cursor.Peek() is not ('\n' or '\r' or ';' or '}' or ' ' or '\t' or '\'' or ByteCursor.EndOfText or ByteCursor.NotUtf8))
            _cursor.Take();
        ConfigToken name = Token(ConfigTokenKind.Include);
        _cursor.TryTake('\'');
        return name;
    }

    /// <summary>A character as an error message shows it: the end of the text as NUL.</summary>
    public static string Show(int rune) => rune switch
    {
        '\n' => "\\n",
        ByteCursor.EndOfText => "\0",
        ByteCursor.NotUtf8 => "�",
        _ => new Rune(rune).ToString(),
    };

    private ConfigToken IncludeQuoted(int quote)
    {
        _cursor.Mark();
        while (_cursor.Peek() != quote)
        {
            if (_cursor.Take() is ByteCursor.EndOfText or ByteCursor.NotUtf8)
                return Error(quote == '"' ? "Unexpected EOF in double quoted include" : "Unexpected EOF in quoted include");
        }
        ConfigToken name = Token(ConfigTokenKind.Include);
        _cursor.Take();
        return name;
    }

    // 'text': nothing inside has a meaning.
    private ConfigToken RawQuoted()
    {
        _cursor.Take();
        _cursor.Mark();
        while (_cursor.Peek() != '\'')
        {
            if (_cursor.Peek() is ByteCursor.EndOfText)
                return OpenQuote();
            if (_cursor.Take() is ByteCursor.NotUtf8)
                return Error(BadText);
        }
        ConfigToken token = Token(ConfigTokenKind.String);
        _cursor.Take();
        return token;
    }

    private ConfigToken DoubleQuoted()
    {
        EscapedText text = new(_cursor);
        while (_cursor.Peek() != '"')
        {
            if (_cursor.Peek() is ByteCursor.EndOfText)
                return text.IsEmpty ? OpenQuote() : Error("Unexpected EOF.");
            if (text.TakeOne() is { } error)
                return Error(error);
        }
        ConfigToken token = Token(text);
        _cursor.Take();
        return token;
    }

    /// <summary>Unquoted text: a bool word, a variable or a string. It ends at white space, <c>, ; ] }</c> or a single quote.</summary>
    private ConfigToken Bare()
    {
        EscapedText text = new(_cursor);
        while (_cursor.Peek() is not ('\n' or '\r' or ';' or ',' or ']' or '}' or ' ' or '\t' or '\'' or ByteCursor.EndOfText))
        {
            if (text.TakeOne() is { } error)
                return Error(error);
        }
        ConfigToken token = _cursor.Peek() == '\'' || text.HasEscapes ? Token(text) : Classify(Token(text));
        _cursor.TryTake('\'');
        return token;
    }

    private static ConfigToken Classify(ConfigToken bare)
    {
        if (BoolWords.TryParse(bare.Text, out _))
            return bare with { Kind = ConfigTokenKind.Bool };
        return bare.Text.StartsWith('$')
            ? bare with { Kind = ConfigTokenKind.Variable, Text = bare.Text[1..], Column = bare.Column + 1 }
            : bare;
    }

    // ( text over several lines, closed by a parenthesis on a line of its own
    // )
    private ConfigToken Block()
    {
        while (true)
        {
            int rune = _cursor.Peek();
            if (rune == ')' && _cursor.IsByteAt(-1, (byte)'\n') && (_cursor.IsByteAt(1, (byte)'\n') || _cursor.IsEndAt(1)))
                break;
            if (rune is ByteCursor.EndOfText)
                return Error("Unexpected EOF processing block.");
            if (_cursor.Take() is ByteCursor.NotUtf8)
                return Error(BadText);
        }
        // Compat: a block that ends with the file keeps its closing parenthesis.
        bool endsFile = _cursor.IsEndAt(1);
        if (endsFile)
            _cursor.Take();
        ConfigToken token = Token(ConfigTokenKind.String);
        if (!endsFile)
            _cursor.Take();
        return token;
    }

    private ConfigToken Negative()
    {
        _cursor.Take();
        int rune = _cursor.Take();
        if (rune == '.')
            return Error("Floats must start with a digit, not '.'.");
        if (!IsDigit(rune))
            return Error($"Expected a digit but got '{Show(rune)}'.");
        SkipDigits();
        if (_cursor.TryTake('.'))
            return Fraction();
        return IsSuffix(_cursor.Peek()) ? Suffixed() : Token(ConfigTokenKind.Integer);
    }

    /// <summary>What begins with a digit: integer with or without a size suffix, float, date, address, or a string after all.</summary>
    private ConfigToken Number()
    {
        SkipDigits();
        int rune = _cursor.Peek();
        if (rune == '-')
        {
            _cursor.Take();
            return _cursor.MarkedLength == 5 ? DateBehindYear() : Error("All ISO8601 dates must be in full Zulu form.");
        }
        if (_cursor.TryTake('.'))
            return Fraction();
        if (IsSuffix(rune))
            return Suffixed();
        if (EndsNumber(rune))
            return Token(ConfigTokenKind.Integer);
        // Compat: the character that made it a string belongs to it whatever it is, so "[10]" is not closed.
        EscapedText text = new(_cursor);
        text.TakeAny();
        return Continue(text);
    }

    private ConfigToken Continue(EscapedText text)
    {
        while (_cursor.Peek() is not ('\n' or '\r' or ';' or ',' or ']' or '}' or ' ' or '\t' or '\'' or ByteCursor.EndOfText))
        {
            if (text.TakeOne() is { } error)
                return Error(error);
        }
        ConfigToken token = Token(text);
        _cursor.TryTake('\'');
        return token;
    }

    private ConfigToken Suffixed()
    {
        _cursor.Take();
        while (_cursor.Peek() is 'b' or 'B' or 'i' or 'I')
            _cursor.Take();
        return EndsNumber(_cursor.Peek()) ? Token(ConfigTokenKind.Integer) : Continue(new EscapedText(_cursor));
    }

    private ConfigToken DateBehindYear()
    {
        foreach (char expected in "00-00T00:00:00Z")
        {
            int rune = _cursor.Take();
            if (expected == '0' && !IsDigit(rune))
                return Error($"Expected digit in ISO8601 datetime, but found '{Show(rune)}' instead.");
            if (expected != '0' && rune != expected)
                return Error($"Expected '{expected}' in ISO8601 datetime, but found '{Show(rune)}' instead.");
        }
        return Token(ConfigTokenKind.DateTime);
    }

    private ConfigToken Fraction()
    {
        int rune = _cursor.Take();
        if (!IsDigit(rune))
            return Error($"Floats must have a digit after the '.', but got '{Show(rune)}' instead.");
        SkipDigits();
        if (_cursor.Peek() != '.')
            return Token(ConfigTokenKind.Float);
        while (_cursor.Peek() is var c && (c is '.' or ':' or '-' || IsDigit(c)))
            _cursor.Take();
        return Token(ConfigTokenKind.String);
    }

    private void SkipDigits()
    {
        while (IsDigit(_cursor.Peek()))
            _cursor.Take();
    }

    private static bool IsDigit(int rune) => rune >= 0 && Rune.IsDigit(new Rune(rune));

    private static bool IsSuffix(int rune) => rune is 'k' or 'K' or 'm' or 'M' or 'g' or 'G' or 't' or 'T' or 'p' or 'P' or 'e' or 'E';

    private static bool EndsNumber(int rune) => rune is '\n' or '\r' or '}' or ';' or ',' or ' ' or '\t' or ByteCursor.EndOfText;

    private ConfigToken OpenQuote()
    {
        bool isEmpty = _cursor.MarkedLength == 0;
        QuoteIsOpen = isEmpty;
        return isEmpty ? new ConfigToken(ConfigTokenKind.End, "", _cursor.Line, _cursor.MarkColumn) : Error("Unexpected EOF.");
    }

    private ConfigToken Token(ConfigTokenKind kind) => new(kind, _cursor.Marked(), _cursor.Line, _cursor.MarkColumn);

    private ConfigToken Token(EscapedText text)
    {
        string value = text.ToString();
        // Compat: nats-server counts the column back from the end, so escapes move it.
        int column = text.HasEscapes ? _cursor.EndColumn - text.ByteCount : _cursor.MarkColumn;
        return new ConfigToken(ConfigTokenKind.String, value, _cursor.Line, column);
    }

    private ConfigToken Error(string message) => new(ConfigTokenKind.Error, message, _cursor.Line, 0);
}
