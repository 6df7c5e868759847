using System.Text;
using System.Text.Json;
using JetStream.Tests.Harness;
using Server.Tests.Harness;

namespace JetStream.Tests.Snapshots;

/// <summary>What a client does to back a stream up and to restore one.</summary>
internal static class Transfer
{
    /// <summary>Takes a backup, chunk by chunk; the status is that of the last message.</summary>
    public static async Task<(JsonElement Answer, byte[] Archive, string Status)> BackUpAsync(this Dialogue client, string stream, string more = "", bool acknowledges = true)
    {
        string inbox = $"_INBOX.{Guid.NewGuid():N}";
        client.Send($"SUB {inbox} 98");
        JsonElement answer = await client.AskAsync($"$JS.API.STREAM.SNAPSHOT.{stream}", $$"""{"deliver_subject":"{{inbox}}"{{(more.Length > 0 ? "," + more : "")}}}""");
        var archive = new MemoryStream();
        while (answer.ErrorCode() == 0)
        {
            (string reply, string headers, byte[] payload) = await client.ReadMessageAsync();
            if (payload.Length == 0)
            {
                client.Send("UNSUB 98");
                return (answer, archive.ToArray(), headers);
            }

            archive.Write(payload);
            if (reply.Length > 0 && acknowledges) client.Send($"PUB {reply} 0", "");
        }

        return (answer, [], "");
    }

    /// <summary>Sends an archive and returns the outcome.</summary>
    public static async Task<JsonElement> RestoreAsync(this Dialogue client, string stream, string config, byte[] archive, int chunkBytes = 4096)
    {
        JsonElement answer = await client.AskAsync($"$JS.API.STREAM.RESTORE.{stream}", $$$"""{"config":{{{config}}},"state":{}}""");
        return answer.ErrorCode() == 0 ? await client.SendArchiveAsync(answer.GetProperty("deliver_subject").GetString()!, archive, chunkBytes) : answer;
    }

    public static async Task<JsonElement> SendArchiveAsync(this Dialogue client, string subject, byte[] archive, int chunkBytes = 4096)
    {
        string inbox = $"_INBOX.{Guid.NewGuid():N}";
        client.Send($"SUB {inbox} 97");
        foreach (byte[] chunk in archive.Chunk(chunkBytes))
        {
            client.SendBytes([.. Encoding.ASCII.GetBytes($"PUB {subject} {inbox} {chunk.Length}\r\n"), .. chunk, .. "\r\n"u8]);
            (await client.ReadMessageAsync()).Payload.Length.Equals(0);
        }

        client.Send($"PUB {subject} {inbox} 0", "");
        byte[] outcome = (await client.ReadMessageAsync()).Payload;
        client.Send("UNSUB 97");
        return JsonDocument.Parse(outcome).RootElement;
    }

    /// <summary>Reads one message.</summary>
    public static async Task<(string Reply, string Headers, byte[] Payload)> ReadMessageAsync(this Dialogue client)
    {
        string line = await client.ReadLineAsync() ?? throw new InvalidOperationException("closed");
        while (line == "PING")
        {
            client.Send("PONG");
            line = await client.ReadLineAsync() ?? throw new InvalidOperationException("closed");
        }

        string[] words = line.Split(' ');
        bool hasHeaders = words[0] == "HMSG";
        if (!hasHeaders && words[0] != "MSG") throw new InvalidOperationException($"no message: {line}");
        byte[] body = await client.ReadBytesAsync(int.Parse(words[^1]));
        int headers = hasHeaders ? int.Parse(words[^2]) : 0;
        string reply = words.Length == (hasHeaders ? 6 : 5) ? words[3] : "";
        return (reply, Encoding.UTF8.GetString(body, 0, headers), body[headers..]);
    }

    /// <summary>Everything a stream has, one line for each message.</summary>
    public static async Task<string> DumpAsync(this Dialogue client, string stream)
    {
        JsonElement state = (await client.AskAsync($"$JS.API.STREAM.INFO.{stream}")).GetProperty("state");
        var lines = new StringBuilder();
        foreach (string name in (string[])["messages", "first_seq", "last_seq", "first_ts", "last_ts"]) lines.Append(name).Append('=').Append(state.GetProperty(name)).Append('\n');
        for (ulong i = state.GetProperty("first_seq").GetUInt64(); i <= state.GetProperty("last_seq").GetUInt64(); i++)
            lines.Append(await client.RequestAsync($"$JS.API.STREAM.MSG.GET.{stream}", $$"""{"seq":{{i}}}""")).Append('\n');
        return lines.ToString();
    }
}
