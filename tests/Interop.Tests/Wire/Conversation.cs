using System.Globalization;
using System.Text;
using System.Text.Json;
using DotNats.Security;

namespace Interop.Tests;

/// <summary>A scripted dialogue between bare sockets and a server: what is sent, and what comes back.</summary>
/// <remarks>
/// One step a line; NAME is a connection.
/// <code>
/// # …                  a remark
/// config TEXT          a line of the server's configuration (@DIR@ holds certificates); flag TEXT: a command-line flag
/// NAME open            connect and read INFO; dial: connect only
/// NAME login USER PASS open and say CONNECT with these, quietly, as a client that knows headers and no responders; login: without them
/// NAME > TEXT          send TEXT and a line end; >> without a line end; >1 byte by byte and a line end
/// NAME pub TO REPLY TEXT  publish TEXT with a reply subject, - for none; \{pin} is the last pin id that came
/// NAME reply TEXT      publish TEXT to the reply subject of the last message that came with one
/// NAME fence           send PING; what comes before its PONG follows as "NAME &lt; …" lines
/// NAME take N          read so many operations, which follow: for answers that may come behind a PONG; take N sorted as above
/// NAME skip N          read so many operations and say nothing of them; skip-until TEXT: up to one in which TEXT stands
/// NAME until TEXT      read up to an operation in which TEXT stands; all follow. until-sorted: in order of their text
/// NAME fence sorted    the same, operations in order of their text: for messages that go to several subscriptions
/// NAME ends            wait until the server closes; what it said follows, then "NAME &lt; (closed)"
/// NAME info KEY…       these members of the latest INFO follow as JSON
/// NAME mute            leave the server's PINGs unanswered
/// NAME close           close from our side
/// NAME &lt; TEXT          the server's answer, written by the recorder; its own reply subjects are shown as _R_.*, round trips as 1, times as T,
///                      ids as ID
/// </code>
/// </remarks>
public sealed class Conversation(string text)
{
    private readonly string[] _lines = text.Split('\n');

    /// <summary>Holds the dialogue with a server and returns the same text with that server's answers.</summary>
    public async Task<string> HoldAsync(ServerExecutable executable)
    {
        await using ServerProcess server = await ServerProcess.StartAsync(new ServerSetup
        {
            Executable = executable,
            Config = string.Concat(Arguments("config ").Select(line => line + "\n")),
            Flags = [.. Arguments("flag ")],
            Certificates = text.Contains("@DIR@", StringComparison.Ordinal),
        });
        Dictionary<string, WireClient> clients = [];
        StringBuilder transcript = new();
        try
        {
            foreach (string line in _lines.Where(line => !IsAnswer(line)))
            {
                transcript.Append(line).Append('\n');
                if (IsStep(line))
                    await TakeAsync(line, server, clients, transcript);
            }
        }
        finally
        {
            foreach (WireClient client in clients.Values)
                client.Dispose();
        }

        return transcript.ToString().TrimEnd('\n') + "\n";
    }

    private IEnumerable<string> Arguments(string word) =>
        _lines.Where(line => line.StartsWith(word, StringComparison.Ordinal)).Select(line => line[word.Length..]);

    private static bool IsStep(string line) =>
        line.Length > 0 && line[0] != '#' && !line.StartsWith("config ", StringComparison.Ordinal) && !line.StartsWith("flag ", StringComparison.Ordinal);

    private static bool IsAnswer(string line) => line.Split(' ') is [_, "<", ..];

    private static async Task TakeAsync(string line, ServerProcess server, Dictionary<string, WireClient> clients, StringBuilder transcript)
    {
        string[] words = line.Split(' ', 3);
        (string name, string verb, string rest) = (words[0], words[1], words.Length > 2 ? words[2] : "");
        if (verb is "open" or "dial" or "login")
        {
            clients[name] = await OpenAsync(server.Port, verb, rest);
            return;
        }

        WireClient client = clients[name];
        switch (verb)
        {
            case ">":
            case ">>":
            case ">1":
                string lineEnd = verb == ">>" ? "" : @"\r\n";
                await client.SendAsync(WireText.Decode(rest + lineEnd, kind => Sign(client, kind)), oneByOne: verb == ">1");
                break;
            case "pub":
                await client.SendAsync(Publication(client, rest));
                break;
            case "reply":
                byte[] payload = WireText.Decode(rest, kind => Sign(client, kind));
                await client.SendAsync([.. Encoding.UTF8.GetBytes($"PUB {client.LastReply} {payload.Length}\r\n"), .. payload, (byte)'\r', (byte)'\n']);
                break;
            case "fence":
                await client.SendAsync("PING\r\n"u8.ToArray());
                await ReadAsync(client, name, "PONG", transcript, sorted: rest == "sorted");
                break;
            case "take":
                string[] wanted = rest.Split(' ');
                await ReadAsync(client, name, null, transcript, sorted: wanted.Length > 1, most: int.Parse(wanted[0], CultureInfo.InvariantCulture));
                break;
            case "skip":
                await ReadAsync(client, name, null, new StringBuilder(), most: int.Parse(rest, CultureInfo.InvariantCulture));
                break;
            case "skip-until":
                await ReadAsync(client, name, null, new StringBuilder(), last: rest);
                break;
            case "until":
            case "until-sorted":
                await ReadAsync(client, name, null, transcript, sorted: verb == "until-sorted", last: rest);
                break;
            case "ends":
                await ReadAsync(client, name, null, transcript);
                break;
            case "info":
                transcript.Append($"{name} < {Members(client.Infos[^1], rest.Split(' '))}\n");
                break;
            case "mute":
                client.AnswersPings = false;
                break;
            case "close":
                client.Dispose();
                break;
            default:
                throw new FormatException($"no such step: {line}");
        }
    }

    private static byte[] Publication(WireClient client, string text)
    {
        string[] words = text.Split(' ', 3);
        byte[] payload = WireText.Decode(words.Length > 2 ? words[2] : "", kind => Sign(client, kind));
        string reply = words[1] == "-" ? "" : words[1] + " ";
        return [.. Encoding.UTF8.GetBytes($"PUB {words[0]} {reply}{payload.Length}\r\n"), .. payload, (byte)'\r', (byte)'\n'];
    }

    private static async Task<WireClient> OpenAsync(int port, string verb, string user)
    {
        WireClient client = await WireClient.ConnectAsync(port);
        if (verb == "dial")
            return client;
        await client.ReadFirstInfoAsync();
        if (verb == "login")
        {
            string credentials = user.Split(' ') is [var name, var pass] ? $",\"user\":\"{name}\",\"pass\":\"{pass}\"" : "";
            await client.SendAsync(Encoding.UTF8.GetBytes($$"""CONNECT {"verbose":false,"pedantic":false,"headers":true,"no_responders":true{{credentials}}}""" + "\r\n"));
        }

        return client;
    }

    private static async Task ReadAsync(WireClient client, string name, string? until, StringBuilder transcript, bool sorted = false, int most = int.MaxValue, string? last = null)
    {
        List<string> operations = [];
        IReadOnlyList<string>? operation;
        do
        {
            operation = await client.NextAsync();
            string[] lines = operation is null ? ["(closed)"] : operation[0] == until ? [] : [.. WireText.WithoutTimes(operation).Select(WireText.Encode)];
            operations.Add(string.Concat(lines.Select(line => line.Length == 0 ? $"{name} <\n" : $"{name} < {line}\n")));
        }
        while (operations.Count < most && operation is not null && operation[0] != until && operation[0] != "(silence)"
            && (last is null || !operation.Any(line => line.Contains(last, StringComparison.Ordinal))));

        foreach (string text in sorted ? operations.Order(StringComparer.Ordinal) : operations.AsEnumerable())
            transcript.Append(text);
    }

    // Absent members are left out, as the server does; a "keys" member asks for the names alone.
    private static string Members(JsonElement info, string[] keys)
    {
        if (keys is ["keys"])
            return string.Join(' ', info.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));
        return "{" + string.Join(",", keys.Where(key => info.TryGetProperty(key, out _)).Select(key => $"\"{key}\":{info.GetProperty(key).GetRawText()}")) + "}";
    }

    private static string Sign(WireClient client, string kind)
    {
        if (kind == "pin")
            return client.LastPin;
        string seed = kind switch
        {
            "sig" => ScenarioCatalog.UserSeed,
            "strangersig" => ScenarioCatalog.StrangerSeed,
            _ => throw new FormatException($"no such escape: {kind}"),
        };
        using NKey key = NKey.FromSeed(seed);
        byte[] signature = key.Sign(Encoding.ASCII.GetBytes(client.Infos[0].GetProperty("nonce").GetString()!));
        return Convert.ToBase64String(signature).TrimEnd('=').Replace('+', '-').Replace('/', '_');
    }
}
