using System.Text.Json;
using DotNats.Client;

namespace Interop.Tests;

/// <summary>The archive of a stream in a file: saved and restored chunk by chunk, as tools do.</summary>
internal sealed class BackupFile(string path)
{
    private const int ChunkBytes = 128 * 1024;

    private string _request = "";

    public long Length => new FileInfo(path).Length;

    public async Task SaveAsync(NatsConnection connection, string stream)
    {
        await using NatsSubscription chunks = connection.Subscribe(connection.NewInbox());
        NatsMessage answer = await connection.RequestAsync("$JS.API.STREAM.SNAPSHOT." + stream, $$"""{"deliver_subject":"{{chunks.Subject}}"}""");
        using JsonDocument json = JsonDocument.Parse(answer.Payload);
        if (json.RootElement.TryGetProperty("error", out _)) throw new InvalidOperationException(answer.Text);
        _request = $$"""{"config":{{json.RootElement.GetProperty("config").GetRawText()}},"state":{{json.RootElement.GetProperty("state").GetRawText()}}}""";
        await using FileStream file = File.Create(path);
        NatsMessage chunk = await NextAsync(chunks);
        for (; !chunk.Payload.IsEmpty; chunk = await NextAsync(chunks))
        {
            await file.WriteAsync(chunk.Payload);
            if (chunk.Reply is not null) await chunk.RespondAsync("");
        }

        if (chunk.Headers is { Status: not 204 } end) throw new InvalidOperationException($"{end.Status} {end.Description}");
    }

    public async Task RestoreAsync(NatsConnection connection, string stream)
    {
        NatsMessage answer = await connection.RequestAsync("$JS.API.STREAM.RESTORE." + stream, _request);
        using JsonDocument json = JsonDocument.Parse(answer.Payload);
        if (json.RootElement.TryGetProperty("error", out _)) throw new InvalidOperationException(answer.Text);
        string target = json.RootElement.GetProperty("deliver_subject").GetString()!;
        await using FileStream file = File.OpenRead(path);
        byte[] chunk = new byte[ChunkBytes];
        for (int read = await file.ReadAtLeastAsync(chunk, ChunkBytes, throwOnEndOfStream: false); read > 0; read = await file.ReadAtLeastAsync(chunk, ChunkBytes, throwOnEndOfStream: false))
        {
            NatsMessage taken = await connection.RequestAsync(target, chunk.AsMemory(0, read));
            if (!taken.Payload.IsEmpty) throw new InvalidOperationException(taken.Text);
        }

        NatsMessage outcome = await connection.RequestAsync(target, "");
        if (outcome.Text.Contains("\"error\"", StringComparison.Ordinal)) throw new InvalidOperationException(outcome.Text);
    }

    private static async Task<NatsMessage> NextAsync(NatsSubscription chunks)
    {
        using var limit = new CancellationTokenSource(Eventually.Limit);
        return await chunks.ReadAsync(limit.Token);
    }
}
