using System.Globalization;
using System.Text.Json;
using DotNats.Client;

namespace NatsServerApp.Tests.Killing;

/// <summary>Publishes and removes until the server is gone, and keeps account of what was acknowledged.</summary>
/// <param name="publishers">Of each stream.</param>
internal sealed class KillLoad(NatsConnection connection, IReadOnlyList<KilledStream> streams, int publishers, int seed)
{
    private const int Subjects = 40;

    /// <summary>Completes once the connection has ended.</summary>
    public Task RunAsync() => Task.WhenAll(streams.SelectMany(stream => Enumerable.Range(0, publishers).Select(number => PublishAsync(stream, number)))
        .Append(RemoveAsync(streams[0])));

    private async Task PublishAsync(KilledStream stream, int publisher)
    {
        var random = new Random(HashCode.Combine(seed, stream.Name.Length, publisher));
        try
        {
            for (int number = 0; ; number++)
            {
                string subject = string.Create(CultureInfo.InvariantCulture, $"{stream.Name}.{random.Next(Subjects)}");
                string id = string.Create(CultureInfo.InvariantCulture, $"{seed}-{publisher}-{number}");
                if (stream.IsBatched) await PublishBatchAsync(stream, subject, id);
                else await PublishAsync(stream, subject, $"{id} {new string('x', random.Next(300))}");
            }
        }
        catch (Exception exception) when (exception is NatsException or TimeoutException or ObjectDisposedException)
        {
            // The server is gone.
        }
    }

    private async Task PublishAsync(KilledStream stream, string subject, string payload)
    {
        NatsMessage answer = await connection.RequestAsync(subject, payload);
        stream.OnStored(SequenceOf(answer), subject, payload);
    }

    private async Task PublishBatchAsync(KilledStream stream, string subject, string id)
    {
        for (int number = 1; number < KilledStream.BatchSize; number++)
            await connection.PublishAsync(subject, $"{id} {number}", headers: HeadersOf(id, number));
        NatsHeaders last = HeadersOf(id, KilledStream.BatchSize);
        last.Add("Nats-Batch-Commit", "1");
        ulong sequence = SequenceOf(await connection.RequestAsync(subject, $"{id} {KilledStream.BatchSize}", headers: last));
        for (int number = 1; number <= KilledStream.BatchSize; number++)
            stream.OnStored(sequence - KilledStream.BatchSize + (ulong)number, subject, $"{id} {number}");
    }

    private async Task RemoveAsync(KilledStream stream)
    {
        var random = new Random(seed);
        try
        {
            while (true)
            {
                if (stream.PickForRemoval(random) is not { } sequence)
                {
                    await connection.PingAsync();
                    continue;
                }

                NatsMessage answer = await connection.RequestAsync($"$JS.API.STREAM.MSG.DELETE.{stream.Name}", $$"""{"seq":{{sequence}},"no_erase":true}""");
                if (answer.Text.Contains("\"success\":true", StringComparison.Ordinal)) stream.OnRemoved(sequence);
            }
        }
        catch (Exception exception) when (exception is NatsException or TimeoutException or ObjectDisposedException)
        {
            // The server is gone.
        }
    }

    private static NatsHeaders HeadersOf(string batch, int number) =>
        new() { ["Nats-Batch-Id"] = batch, ["Nats-Batch-Sequence"] = number.ToString(CultureInfo.InvariantCulture) };

    // What is refused is a failure of the test: nothing here asks for it.
    private static ulong SequenceOf(NatsMessage answer)
    {
        using JsonDocument json = JsonDocument.Parse(answer.Payload);
        return json.RootElement.TryGetProperty("error", out _) ? throw new InvalidOperationException(answer.Text) : json.RootElement.GetProperty("seq").GetUInt64();
    }
}
