using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace JetStream.Tests.Configuration;

/// <summary>A request of a case: <c>CREATE A</c>, <c>UPDATE A</c> or, for consumers, the end of its subject; what it carries, and what the real server answered: an error or a configuration.</summary>
internal sealed record ConfigStep(string Do, string Body, string? Answer)
{
    public bool IsForConsumer => Do.StartsWith("CONSUMER.", StringComparison.Ordinal);
}

/// <summary>Requests to an account without streams, on one of <see cref="ConfigServers"/>.</summary>
internal sealed partial record ConfigCase(string Server, IReadOnlyList<ConfigStep> Steps)
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Every recorded case of a file.</summary>
    public static IEnumerable<ConfigCase> ReadAll(string file)
    {
        using var reader = new StreamReader(typeof(ConfigCase).Assembly.GetManifestResourceStream(file)!);
        while (reader.ReadLine() is { } line) yield return Parse(line);
    }

    /// <summary>Reads a line of a case file.</summary>
    public static ConfigCase Parse(string line)
    {
        using JsonDocument json = JsonDocument.Parse(line);
        return new ConfigCase(json.RootElement.GetProperty("server").GetString()!,
            [.. json.RootElement.GetProperty("steps").EnumerateArray().Select(step => new ConfigStep(
                step.GetProperty("do").GetString()!,
                Expand(step.GetProperty("body").GetString()!),
                step.TryGetProperty("answer", out JsonElement answer) ? Expand(answer.GetRawText()) : null))]);
    }

    /// <summary>Writes a line of a case file.</summary>
    public string Format()
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line, Options))
        {
            json.WriteStartObject();
            json.WriteString("server", Server);
            json.WriteStartArray("steps");
            foreach (ConfigStep step in Steps)
            {
                json.WriteStartObject();
                json.WriteString("do", step.Do);
                json.WriteString("body", Shorten(step.Body));
                if (step.Answer is not null)
                {
                    json.WritePropertyName("answer");
                    json.WriteRawValue(Shorten(step.Answer));
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(line.ToArray());
    }

    // Long rows of x are written as their number.
    private static string Expand(string text) => Number().Replace(text, match => new string('x', int.Parse(match.Groups[1].Value)));

    private static string Shorten(string text) => Row().Replace(text, match => $"@x{match.Length}@");

    [GeneratedRegex("@x([0-9]+)@")]
    private static partial Regex Number();

    [GeneratedRegex("x{1000,}")]
    private static partial Regex Row();
}
