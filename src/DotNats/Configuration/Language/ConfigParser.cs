using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace DotNats.Configuration.Language;

/// <summary>Makes a tree of values out of a file's tokens: numbers and dates read, variables put in, includes merged.</summary>
/// <remarks>Previous stop: <see cref="ConfigLexer"/>; next: the sections in <c>Binding</c>.</remarks>
// One parser reads one file; includes and environment values get parsers of their own that share the ParseSession.
internal sealed class ConfigParser
{
    private readonly ParseSession _session;
    private readonly ConfigLexer _lexer;
    private readonly string _file;
    private readonly ConfigPlace? _place;
    private readonly ConfigMap _map = new();
    private readonly Stack<object> _open = new();

    // Compat: a key without a value stays here and takes the value of the map it stands in: "a { b }" says "b {}".
    private readonly Stack<(string Name, ConfigPlace Place)> _keys = new();

    /// <param name="place">Where everything in the text is reported; null for its own places.</param>
    private ConfigParser(ParseSession session, byte[] text, string file, ConfigPlace? place = null)
    {
        _session = session;
        _lexer = new ConfigLexer(text);
        _file = file;
        _place = place;
    }

    /// <summary>Parses a file and all it includes.</summary>
    /// <param name="error">What stopped the parser; there is only ever one.</param>
    public static bool TryParseFile(
        ParseSession session, string path, [NotNullWhen(true)] out ConfigMap? map, out ConfigError? error)
    {
        map = null;
        return TryRead(session, path, out byte[]? text, out error) && TryParseText(session, text, path, out map, out error);
    }

    /// <summary>Parses text that may include files.</summary>
    /// <param name="path">Name of the text in messages; includes are looked for in its directory.</param>
    public static bool TryParseText(
        ParseSession session, byte[] text, string path, [NotNullWhen(true)] out ConfigMap? map, out ConfigError? error)
    {
        ConfigParser parser = new(session, text, path);
        error = parser.CheckText(text) ?? parser.Parse();
        map = error is null ? parser._map : null;
        return map is not null;
    }

    private ConfigError? CheckText(byte[] text)
    {
        int nul = text.AsSpan().IndexOf((byte)0);
        return nul < 0 ? null : SyntaxError(text.AsSpan(0, nul).Count((byte)'\n') + 1, "Unexpected NUL character");
    }

    private ConfigError? Parse()
    {
        _open.Push(_map);
        ConfigTokenKind previous = ConfigTokenKind.End;
        string previousText = "";
        while (true)
        {
            ConfigToken token = _lexer.Next();
            if (token.Kind == ConfigTokenKind.End)
            {
                // A brace may stand alone at the end, where JSON would have closed the whole.
                return previous == ConfigTokenKind.Key && previousText != "}"
                    ? Stop(token.Line, $"config is invalid ({_file}:{token.Line}:{token.Column})")
                    : null;
            }
            (previous, previousText) = (token.Kind, token.Text);
            if (Process(token) is { } error)
                return error;
        }
    }

    private ConfigError? Process(ConfigToken token)
    {
        switch (token.Kind)
        {
            case ConfigTokenKind.Error:
                return SyntaxError(token.Line, token.Text);
            case ConfigTokenKind.Key:
                _keys.Push((token.Text, PlaceOf(token)));
                return null;
            case ConfigTokenKind.MapStart:
                _open.Push(new ConfigMap());
                return null;
            case ConfigTokenKind.ArrayStart:
                _open.Push(new ConfigList());
                return null;
            case ConfigTokenKind.MapEnd or ConfigTokenKind.ArrayEnd:
                return Add(token, _open.Pop());
            case ConfigTokenKind.Variable:
                return AddVariable(token);
            case ConfigTokenKind.Include:
                return AddInclude(token);
            default:
                object? value = ScalarReader.Read(token, out string? reason);
                return reason is not null ? Stop(token.Line, reason) : value is null ? null : Add(token, value);
        }
    }

    private ConfigError? Add(ConfigToken token, object value)
    {
        if (_open.Peek() is ConfigList list)
        {
            list.Add(new ConfigNode(value, PlaceOf(token)));
            return CheckSize(list.Weight, list.Depth, token.Line);
        }
        (string name, ConfigPlace place) = _keys.Pop();
        ConfigMap map = (ConfigMap)_open.Peek();
        map.Set(name, new ConfigNode(value, place));
        return CheckSize(map.Weight, map.Depth, token.Line);
    }

    /// <summary>Looks a variable up in the maps around it, innermost first, then in the environment.</summary>
    private ConfigError? AddVariable(ConfigToken token)
    {
        // A bcrypt hash needs no quotes although it begins like a variable.
        if (token.Text.StartsWith("2a$", StringComparison.Ordinal))
            return Add(token, "$" + token.Text);
        foreach (object scope in _open)
        {
            if (scope is ConfigMap map && map[token.Text] is { } known)
            {
                known.IsUsedAsVariable = true;
                return Add(token, known.Value);
            }
        }
        object? value = ReadEnvironment(token, out string? reason);
        if (reason is not null)
            return Stop(token.Line, $"variable reference for '{token.Text}' on line {token.Line} could not be parsed: {reason}");
        return value is null
            ? Stop(token.Line, $"variable reference for '{token.Text}' on line {token.Line} can not be found")
            : Add(token, value);
    }

    private object? ReadEnvironment(ConfigToken token, out string? reason)
    {
        string name = token.Text;
        reason = _session.EnterVariable(name);
        if (reason is not null)
            return null;
        try
        {
            if (!_session.Environment.TryGetValue(name, out string? text))
                return null;
            // The text is read as a value would be.
            ConfigParser parser = new(_session, Encoding.UTF8.GetBytes($"pk={text}"), "", PlaceOf(token));
            reason = parser.Parse()?.Message;
            return reason is null ? parser._map["pk"]?.Value : null;
        }
        finally
        {
            _session.LeaveVariable(name);
        }
    }

    /// <summary>Merges the keys of another file into the map around the word <c>include</c>.</summary>
    private ConfigError? AddInclude(ConfigToken token)
    {
        string path = GoPath.Join(GoPath.DirectoryOf(_file), token.Text);
        string? reason = _session.EnterInclude(path);
        if (reason is not null)
            return Stop(token.Line, $"error parsing include file '{token.Text}', {reason}");
        ConfigMap? included = null;
        bool parsed = TryRead(_session, path, out byte[]? text, out ConfigError? error) && TryParseText(_session, text, path, out included, out error);
        _session.LeaveInclude(path);
        if (!parsed)
        {
            string message = $"error parsing include file '{token.Text}', {error!.Message}";
            return text is null ? Stop(token.Line, message) : error with { Message = message };
        }
        if (_open.Peek() is not ConfigMap map)
            return null;
        foreach ((string name, ConfigNode value) in included!.Entries)
            map.Set(name, value);
        return CheckSize(map.Weight, map.Depth, token.Line);
    }

    private static bool TryRead(ParseSession session, string path, [NotNullWhen(true)] out byte[]? text, out ConfigError? error)
    {
        text = null;
        error = null;
        try
        {
            text = session.Files.ReadAllBytes(path);
        }
        catch (IOException e)
        {
            error = new ConfigError(e.Message, path) { MessageSaysPlace = true };
        }
        return text is not null;
    }

    // Variables and includes put trees into trees: what the lexer saw of each says nothing of the whole.
    private ConfigError? CheckSize(long weight, int depth, int line)
    {
        if (depth > ConfigLexer.MaxNesting + 1)
            return SyntaxError(line, ConfigLexer.TooDeep);
        return weight > ParseSession.MaxValues
            ? Stop(line, $"variables repeat values too often: more than {ParseSession.MaxValues.ToString(CultureInfo.InvariantCulture)} in all")
            : null;
    }

    private ConfigPlace PlaceOf(ConfigToken token) => _place ?? new ConfigPlace(_file, token.Line, token.Column);

    private ConfigError SyntaxError(int line, string message) => Stop(line, $"Parse error on line {line}: '{message}'");

    private ConfigError Stop(int line, string message) => new(message, _file, line) { MessageSaysPlace = true };
}
