using DotNats.Primitives;

namespace DotNats.Protocol.Text;

/// <summary>Reads a member: takes the structure as it was and returns it with the member's new value.</summary>
public delegate T GoJsonMember<T>(ref GoJsonReader json, T value);

/// <summary>Which members a Go structure has in JSON and how each is read.</summary>
/// <remarks>
/// Compat: names match whatever their case, several members of one name are read one after the other, and several values may follow each other
/// in one text: each is read into what the one before it has left.
/// </remarks>
public sealed class GoJsonStruct<T>
{
    private const string UnexpectedEnd = "unexpected EOF";

    private readonly string _typeName;
    private readonly Dictionary<string, GoJsonMember<T>> _members = new(StringComparer.Ordinal);
    private readonly Dictionary<string, GoJsonMember<T>> _folded = new(StringComparer.Ordinal);

    /// <param name="typeName">Name of Go's structure, with its package: error texts have it.</param>
    public GoJsonStruct(string typeName, params ReadOnlySpan<(string Name, GoJsonMember<T> Read)> members)
    {
        _typeName = typeName;
        foreach ((string name, GoJsonMember<T> read) in members) Add(name, read);
    }

    /// <summary>The same members and those of a structure inside, whose names stand beside them.</summary>
    public GoJsonStruct<T> Embed<TInner>(GoJsonStruct<TInner> inner, Func<T, TInner> get, Func<T, TInner, T> set)
    {
        var outer = new GoJsonStruct<T>(_typeName);
        foreach ((string name, GoJsonMember<TInner> read) in inner._members) outer.Add(name, (ref json, value) => set(value, read(ref json, get(value))));
        // What stands outside hides what stands inside.
        foreach ((string name, GoJsonMember<T> read) in _members) outer.Add(name, read);
        return outer;
    }

    /// <summary>Reads the reader's value; null and anything that is no object leave <paramref name="value"/> alone.</summary>
    public T Read(ref GoJsonReader json, T value)
    {
        if (!json.BeginObject(_typeName)) return value;
        while (json.NextMember() is { } name)
        {
            if (Find(name) is { } read) value = read(ref json, value);
            else json.PassUnknown(name);
            json.EndMember();
        }

        return value;
    }

    /// <summary>Reads text that is one value, as <c>json.Unmarshal</c> does.</summary>
    /// <param name="error">What is wrong; null for nothing. The returned value has what could be read.</param>
    public T ReadWhole(ReadOnlySpan<byte> json, T value, out string? error)
    {
        error = GoJsonSyntax.FindError(json);
        return error is null ? ReadValue(json, value, isStrict: false, out error) : value;
    }

    /// <summary>Reads any number of values, also none, as a <c>json.Decoder</c> that disallows unknown fields does.</summary>
    /// <param name="error">What is wrong, with the place where JSON ends to be JSON; null for nothing.</param>
    public T ReadStream(ReadOnlySpan<byte> json, T value, out string? error)
    {
        int offset = 0;
        while (true)
        {
            error = GoJsonSyntax.PassValue(json[offset..], out int length);
            if (error is not null)
            {
                error = error == GoJsonSyntax.EndOfInput ? UnexpectedEnd : $"{error} at offset {offset + length}";
                return value;
            }

            if (length == 0) return value;
            value = ReadValue(json.Slice(offset, length), value, isStrict: true, out error);
            if (error is not null) return value;
            offset += length;
        }
    }

    /// <summary>Reads the first value of a text, as one call of a <c>json.Decoder</c> that disallows unknown fields does; what follows is not looked at.</summary>
    /// <param name="error">What is wrong; null for nothing. The returned value has what could be read.</param>
    public T ReadFirst(ReadOnlySpan<byte> json, T value, out string? error)
    {
        error = GoJsonSyntax.PassValue(json, out int length);
        if (error is null) return length == 0 ? ReadNothing(value, out error) : ReadValue(json[..length], value, isStrict: true, out error);
        if (error == GoJsonSyntax.EndOfInput) error = UnexpectedEnd;
        return value;
    }

    private static T ReadNothing(T value, out string? error)
    {
        error = "EOF";
        return value;
    }

    private T ReadValue(ReadOnlySpan<byte> json, T value, bool isStrict, out string? error)
    {
        var reader = new GoJsonReader(json, _typeName, isStrict);
        value = Read(ref reader, value);
        error = reader.Error;
        return value;
    }

    private void Add(string name, GoJsonMember<T> read)
    {
        _members[name] = read;
        _folded[Fold(name)] = read;
    }

    private GoJsonMember<T>? Find(string name) => _members.GetValueOrDefault(name) ?? _folded.GetValueOrDefault(Fold(name));

    private static string Fold(string name) => string.Create(name.Length, name, static (folded, name) =>
    {
        for (int i = 0; i < name.Length; i++) folded[i] = GoJsonText.Fold(name[i]);
    });
}
