using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DotNats.Client;

namespace Interop.Tests;

/// <summary>A stream that is moved from server to server: makes it, with consumers in the middle of their work, and tells what a server has of it.</summary>
internal sealed class BackedUpStream(NatsConnection connection)
{
    public const string Name = "MOVED";

    // Messages that may be on their way before one is waited for; about two megabytes.
    private const int Run = 500;

    private const int ReadAtOnce = 500;
    private const int LargestPayload = 8000;

    // More than a compressor looks back.
    private const int NoiseBytes = 8 * 1024 * 1024;

    // What says how a direct get went, and is no part of the message.
    private static readonly string[] OfTheAnswer = ["Nats-Num-Pending", "Nats-Last-Sequence", "Nats-UpTo-Sequence"];

    /// <summary>Publishes so many bytes of payloads of all sizes, with and without headers, and removes some of them.</summary>
    public async Task FillAsync(long bytes, string compression)
    {
        await AskAsync("STREAM.CREATE." + Name, $$"""{"name":"{{Name}}","subjects":["moved.>"],"compression":"{{compression}}","allow_direct":true,"allow_msg_ttl":true}""");
        var random = new Random(5);
        byte[] noise = new byte[NoiseBytes], payload = new byte[LargestPayload];
        random.NextBytes(noise);
        int count = 0;
        for (long left = bytes; left > 0; count++)
        {
            int length = random.Next(LargestPayload);
            left -= length;
            // Half of it can be compressed.
            noise.AsSpan(random.Next(NoiseBytes - length), length).CopyTo(payload);
            payload.AsSpan(0, length / 2).Fill((byte)count);
            await PublishAsync(count, payload.AsMemory(0, length), mustWait: left <= 0 || count % Run == 0);
        }

        for (int i = 0; i < 20; i++)
            await AskAsync("STREAM.MSG.DELETE." + Name, string.Create(CultureInfo.InvariantCulture, $$"""{"seq":{{1 + random.Next(count / 20) + (i * (count / 20))}},"no_erase":true}"""));
    }

    /// <summary>Consumers of every kind that an archive must bring back as they are: delivered, acknowledged, pending and delivered again.</summary>
    public async Task ConsumeAsync()
    {
        await AddConsumerAsync("EXPLICIT", "\"ack_policy\":\"explicit\",\"max_deliver\":5");
        NatsMessage[] taken = await FetchAsync("EXPLICIT", 50);
        await SettleAsync(taken.Where((_, i) => i is < 10 or 15 or 30), "+ACK");
        await SettleAsync(taken.Where((_, i) => i is 11 or 40), "-NAK");
        await FetchAsync("EXPLICIT", 12);
        await AddConsumerAsync("ALL", "\"ack_policy\":\"all\"");
        taken = await FetchAsync("ALL", 30);
        await SettleAsync([taken[19]], "+ACK");
        await AddConsumerAsync("NONE", "\"ack_policy\":\"none\"");
        await FetchAsync("NONE", 25);
        await AddConsumerAsync("FILTERED", """
            "ack_policy":"explicit","filter_subjects":["moved.1","moved.2.>"],"deliver_policy":"by_start_sequence","opt_start_seq":100,"metadata":{"team":"movers"}
            """);
        await SettleAsync((await FetchAsync("FILTERED", 10)).Take(5), "+TERM");
        await AddConsumerAsync("LATE", "\"ack_policy\":\"explicit\",\"deliver_policy\":\"last_per_subject\",\"filter_subject\":\"moved.>\"");
        // All of them: nats-server forgets where it was among the last of each subject when it starts again.
        using JsonDocument late = await AskAsync($"CONSUMER.INFO.{Name}.LATE", "");
        taken = await FetchAsync("LATE", late.RootElement.GetProperty("num_pending").GetInt32());
        await SettleAsync(taken.Take(taken.Length / 2), "+ACK");
        await AddConsumerAsync("PUSH", "\"ack_policy\":\"explicit\",\"deliver_subject\":\"pushed\",\"max_ack_pending\":20");
        NatsSubscription pushed = connection.Subscribe("pushed");
        taken = new NatsMessage[20];
        for (int i = 0; i < taken.Length; i++) taken[i] = await pushed.ReadAsync();
        await pushed.DisposeAsync();
        await connection.PingAsync();
        await SettleAsync(taken.Take(7), "+ACK");
    }

    /// <summary>What stream and consumers say of themselves, and a hash of all messages with their sequences, subjects, headers, payloads and times.</summary>
    public async Task<string> DescribeAsync()
    {
        var text = new StringBuilder();
        using JsonDocument info = await AskAsync("STREAM.INFO." + Name, "");
        JsonElement config = info.RootElement.GetProperty("config"), state = info.RootElement.GetProperty("state");
        foreach (string member in (string[])["compression", "subjects", "storage", "allow_msg_ttl"]) Append(text, config, member);
        foreach (string member in (string[])["messages", "bytes", "first_seq", "last_seq", "first_ts", "last_ts", "num_subjects", "num_deleted", "consumer_count"]) Append(text, state, member);
        text.Append('\n');
        using JsonDocument names = await AskAsync("CONSUMER.NAMES." + Name, "");
        foreach (string name in names.RootElement.GetProperty("consumers").EnumerateArray().Select(static name => name.GetString()!).Order(StringComparer.Ordinal))
            await DescribeConsumerAsync(text, name);
        return text.Append(CultureInfo.InvariantCulture, $"{await HashAsync()}\n").ToString();
    }

    /// <summary>Asks the API.</summary>
    /// <exception cref="InvalidOperationException">The answer is an error.</exception>
    public async Task<JsonDocument> AskAsync(string request, string body)
    {
        NatsMessage answer = await connection.RequestAsync("$JS.API." + request, body);
        JsonDocument json = JsonDocument.Parse(answer.Payload);
        return json.RootElement.TryGetProperty("error", out _) ? throw new InvalidOperationException($"{request}: {answer.Text}") : json;
    }

    private async Task PublishAsync(int number, ReadOnlyMemory<byte> payload, bool mustWait)
    {
        string subject = string.Create(CultureInfo.InvariantCulture, $"moved.{number % 7}{(number % 3 == 0 ? $".{number % 101}" : "")}");
        NatsHeaders? headers = number % 4 == 0 ? [] : null;
        headers?.Add("Kind", "é");
        headers?.Add("Kind", string.Create(CultureInfo.InvariantCulture, $"{number}"));
        if (number % 8 == 0) headers?.Add("Nats-TTL", "1000h");
        if (!mustWait) await connection.PublishAsync(subject, payload, headers: headers);
        else if ((await connection.RequestAsync(subject, payload, headers: headers)).Text is var answer && answer.Contains("\"error\"", StringComparison.Ordinal))
            throw new InvalidOperationException(answer);
    }

    private async Task AddConsumerAsync(string name, string members) => await AskAsync(
        $"CONSUMER.DURABLE.CREATE.{Name}.{name}",
        $$$"""{"stream_name":"{{{Name}}}","config":{"durable_name":"{{{name}}}","ack_wait":3600000000000,{{{members}}}}}""");

    private async Task<NatsMessage[]> FetchAsync(string consumer, int count)
    {
        await using NatsSubscription inbox = connection.Subscribe(connection.NewInbox());
        await connection.PublishAsync($"$JS.API.CONSUMER.MSG.NEXT.{Name}.{consumer}", string.Create(CultureInfo.InvariantCulture, $$"""{"batch":{{count}},"expires":30000000000}"""), inbox.Subject);
        var taken = new NatsMessage[count];
        for (int i = 0; i < count; i++) taken[i] = await inbox.ReadAsync();
        return taken;
    }

    private async Task SettleAsync(IEnumerable<NatsMessage> messages, string how)
    {
        foreach (NatsMessage message in messages) await connection.RequestAsync(message.Reply!, how);
    }

    private async Task DescribeConsumerAsync(StringBuilder text, string name)
    {
        using JsonDocument info = await AskAsync($"CONSUMER.INFO.{Name}.{name}", "");
        text.Append(CultureInfo.InvariantCulture, $"{name}:");
        foreach (JsonProperty member in info.RootElement.GetProperty("config").EnumerateObject().OrderBy(static member => member.Name, StringComparer.Ordinal))
        {
            if (member.Name != "metadata") Append(text, info.RootElement.GetProperty("config"), member.Name);
            else text.Append(CultureInfo.InvariantCulture, $" team={(member.Value.TryGetProperty("team", out JsonElement team) ? team.GetString() : "")}");
        }

        foreach (string place in (string[])["delivered", "ack_floor"])
        {
            text.Append(CultureInfo.InvariantCulture, $" {place}");
            foreach (string member in (string[])["consumer_seq", "stream_seq"]) Append(text, info.RootElement.GetProperty(place), member);
        }

        foreach (string member in (string[])["num_ack_pending", "num_redelivered", "num_waiting", "num_pending"]) Append(text, info.RootElement, member);
        text.Append('\n');
    }

    private async Task<string> HashAsync()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using NatsSubscription answers = connection.Subscribe(connection.NewInbox());
        long count = 0;
        for (ulong next = 1; ;)
        {
            await connection.PublishAsync($"$JS.API.DIRECT.GET.{Name}", string.Create(CultureInfo.InvariantCulture, $$"""{"seq":{{next}},"batch":{{ReadAtOnce}}}"""), answers.Subject);
            NatsMessage answer = await answers.ReadAsync();
            for (; answer.Headers is { Status: 0 } headers; answer = await answers.ReadAsync(), count++)
            {
                foreach (string line in headers.Where(static line => !OfTheAnswer.Contains(line.Key)).Select(static line => $"{line.Key}:{line.Value}\n").Order(StringComparer.Ordinal))
                    hash.AppendData(Encoding.UTF8.GetBytes(line));
                hash.AppendData(answer.Payload.Span);
                next = ulong.Parse(headers["Nats-Sequence"]!, CultureInfo.InvariantCulture) + 1;
            }

            if (answer.Headers is not { Status: 204 } || answer.Headers["Nats-Num-Pending"] == "0")
                return string.Create(CultureInfo.InvariantCulture, $"{count} messages {Convert.ToHexString(hash.GetHashAndReset())}");
        }
    }

    private static void Append(StringBuilder text, JsonElement of, string member) =>
        text.Append(CultureInfo.InvariantCulture, $" {member}={(of.TryGetProperty(member, out JsonElement value) ? value.GetRawText() : "-")}");
}
