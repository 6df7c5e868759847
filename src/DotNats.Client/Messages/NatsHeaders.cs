using System.Collections;
using System.Text;

namespace DotNats.Client;

/// <summary>Header lines of a message: names as written (case matters), in order, repeats allowed.</summary>
public sealed class NatsHeaders : IEnumerable<KeyValuePair<string, string>>
{
    private readonly List<KeyValuePair<string, string>> _lines = [];

    /// <summary>Status of a message of the server's own, such as 503; 0 for ordinary messages.</summary>
    public int Status { get; internal init; }

    /// <summary>Text behind the status; empty for none.</summary>
    public string Description { get; internal init; } = "";

    public int Count => _lines.Count;

    /// <summary>First value of a name, or null. Setting replaces all of them; null removes them.</summary>
    public string? this[string name]
    {
        get
        {
            foreach (KeyValuePair<string, string> line in _lines)
            {
                if (line.Key == name) return line.Value;
            }

            return null;
        }

        set
        {
            _lines.RemoveAll(line => line.Key == name);
            if (value is not null) Add(name, value);
        }
    }

    /// <summary>Adds a line behind the others.</summary>
    /// <exception cref="ArgumentException">The name is empty or holds a colon or a line end, or the value holds a line end.</exception>
    public void Add(string name, string value)
    {
        if (name.Length == 0 || name.AsSpan().ContainsAny(':', '\r', '\n')) throw new ArgumentException("A header name is not empty and has no colon or line end.", nameof(name));
        if (value.AsSpan().ContainsAny('\r', '\n')) throw new ArgumentException("A header value has no line end.", nameof(value));
        _lines.Add(new(name, value));
    }

    /// <summary>Every value of a name, in order.</summary>
    public IEnumerable<string> GetAll(string name) => _lines.Where(line => line.Key == name).Select(line => line.Value);

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _lines.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal void AddParsed(string name, string value) => _lines.Add(new(name, value));

    /// <summary>The header block as text, with its empty line.</summary>
    public override string ToString()
    {
        var text = new StringBuilder("NATS/1.0\r\n");
        foreach (KeyValuePair<string, string> line in _lines) text.Append(line.Key).Append(": ").Append(line.Value).Append("\r\n");
        return text.Append("\r\n").ToString();
    }
}
