using System.Text;
using Server.Tests.Harness;

namespace Server.Tests.Accounts.Resolving;

/// <summary>Requests of a client in the system account.</summary>
internal static class Requests
{
    /// <summary>Publishes with <c>in</c> as the reply subject.</summary>
    public static void Ask(this Dialogue client, string subject, string body = "") => client.Send($"PUB {subject} in {Encoding.UTF8.GetByteCount(body)}", body);

    /// <summary>The payload of the next message, whatever its subject.</summary>
    public static async Task<string> AnswerAsync(this Dialogue client)
    {
        string line = await client.ReadMessageLineAsync();
        if (line.StartsWith("HMSG", StringComparison.Ordinal))
        {
            string status = await client.ReadLineAsync() ?? "<closed>";
            while (await client.ReadLineAsync() is { Length: > 0 })
            {
                // The other headers.
            }

            await client.ReadLineAsync();
            return status;
        }

        return line.StartsWith("MSG", StringComparison.Ordinal) ? await client.ReadLineAsync() ?? "<closed>" : line;
    }

    /// <summary>The next line that is no PING: a clock that is turned far has the server look whether its clients are there.</summary>
    public static async Task<string> ReadMessageLineAsync(this Dialogue client)
    {
        while (true)
        {
            string line = await client.ReadLineAsync() ?? "<closed>";
            if (line != "PING") return line;
        }
    }

    public static async Task<string> RequestAsync(this Dialogue client, string subject, string body = "")
    {
        client.Ask(subject, body);
        return await client.AnswerAsync();
    }
}
