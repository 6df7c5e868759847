using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using DotNats.Protocol;
using Shouldly;
using Xunit;

namespace Protocol.Tests.Handshake;

/// <summary>Judges the arguments of CONNECT as the real server judged them; connect-json.txt holds its verdicts, record asks it again.</summary>
public sealed partial class ConnectOptionsTests
{
    public static TheoryData<string, string> Cases() => Read("connect-json.txt");

    public static TheoryData<string, string> Errors() => Read("connect-errors.txt");

    private static TheoryData<string, string> Read(string file)
    {
        var cases = new TheoryData<string, string>();
        string[] lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Handshake", file));
        for (int i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith("> ", StringComparison.Ordinal)) continue;
            string[] verdict = [.. lines.Skip(i + 1).TakeWhile(line => !line.StartsWith("> ", StringComparison.Ordinal))];
            cases.Add(lines[i][2..], string.Join('\n', verdict));
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Judges_like_the_real_server(string argument, string verdict)
    {
        byte[] json = Unescape(argument);
        var options = new ConnectOptions();
        // The server takes the blanks around an argument off before it reads it.
        bool accepted = ConnectOptions.TryParse(json.AsSpan().TrimStart(" \t"u8), options) && IsServable(options);

        (accepted ? Describe(options) : "refused").ShouldBe(verdict);
    }

    [Theory]
    [MemberData(nameof(Errors))]
    public void What_cannot_be_read_is_told_as_the_real_server_tells_it(string argument, string error)
    {
        byte[] json = Unescape(argument);

        (ConnectOptions.FindError(json) ?? "readable").ShouldBe(error);
        ConnectOptions.TryParse(json, new ConnectOptions()).ShouldBe(error == "readable");
    }

    [Fact]
    public void Whatever_is_refused_has_an_error()
    {
        string[] words = ["{", "}", "[", "]", ",", ":", "\"user\"", "\"Protocol\"", "\"import\"", "\"allow\"", "\"verbose\"", "\"", "\\", "1", "1.5", "true", "null", "é", " "];
        Gen.Int[0, words.Length - 1].Array[0, 9].Select(picks => string.Concat(picks.Select(pick => words[pick]))).Sample(
            text =>
            {
                byte[] json = Encoding.UTF8.GetBytes(text);
                ConnectOptions.TryParse(json, new ConnectOptions()).ShouldBe(ConnectOptions.FindError(json) is null, text);
            },
            iter: 50_000);
    }

    [Fact]
    public void Says_all_that_a_client_said()
    {
        var options = new ConnectOptions();
        ConnectOptions.TryParse(
            """
            {"verbose":false,"pedantic":false,"tls_required":true,"echo":false,"protocol":1,"lang":"l","version":"v","name":"n","headers":true,
            "no_responders":true,"user":"u","pass":"p","auth_token":"t","jwt":"j","nkey":"k","sig":"s","proxy_sig":"ps","account":"a","new_account":true}
            """u8,
            options).ShouldBeTrue();

        options.ShouldBe(new ConnectOptions
        {
            Verbose = false,
            Pedantic = false,
            TlsRequired = true,
            Echo = false,
            Protocol = 1,
            Language = "l",
            Version = "v",
            Name = "n",
            Headers = true,
            NoResponders = true,
            User = "u",
            Password = "p",
            Token = "t",
            Jwt = "j",
            NKey = "k",
            Signature = "s",
            ProxySignature = "ps",
            Account = "a",
            NewAccount = true,
        });
    }

    [Fact]
    public void A_second_argument_keeps_what_it_does_not_mention()
    {
        var options = new ConnectOptions();
        ConnectOptions.TryParse("""{"name":"a","echo":false}"""u8, options);
        ConnectOptions.TryParse("""{"lang":"b"}"""u8, options);

        (options.Name, options.Language, options.Echo).ShouldBe(("a", "b", false));
    }

    private static byte[] Unescape(string text) =>
        Encoding.Latin1.GetBytes(Escape().Replace(text, match => ((char)Convert.ToByte(match.Groups[1].Value, 16)).ToString()));

    // What the session refuses after reading: accounts of the client's own choice, unknown protocols, no_responders without headers.
    private static bool IsServable(ConnectOptions options) =>
        string.IsNullOrEmpty(options.Account) && !options.NewAccount && options.Protocol is 0 or 1 && (options.Headers || !options.NoResponders);

    private static string Describe(ConnectOptions options)
    {
        var lines = new List<string> { "accepted" };
        if (options.Verbose) lines[0] += " verbose";
        if (options.Pedantic) lines[0] += " pedantic";
        if (options.Echo) lines[0] += " echo";
        if (options.Headers) lines[0] += " headers";
        if (options.Protocol == 1) lines[0] += " protocol1";
        foreach ((string key, string? value) in new[] { ("lang", options.Language), ("version", options.Version), ("name", options.Name) })
        {
            if (!string.IsNullOrEmpty(value)) lines.Add($"{key} {Printable(value)}");
        }

        return string.Join('\n', lines);
    }

    // As Python's unicode_escape writes it.
    private static string Printable(string text)
    {
        var printable = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
        {
            printable.Append(rune.Value switch
            {
                '\\' => "\\\\",
                '\n' => "\\n",
                '\t' => "\\t",
                '\r' => "\\r",
                >= 0x20 and < 0x7f => ((char)rune.Value).ToString(),
                < 0x100 => $"\\x{rune.Value.ToString("x2", CultureInfo.InvariantCulture)}",
                < 0x10000 => $"\\u{rune.Value.ToString("x4", CultureInfo.InvariantCulture)}",
                _ => $"\\U{rune.Value.ToString("x8", CultureInfo.InvariantCulture)}",
            });
        }

        return printable.ToString();
    }

    [GeneratedRegex(@"\\x([0-9a-f]{2})")]
    private static partial Regex Escape();
}
