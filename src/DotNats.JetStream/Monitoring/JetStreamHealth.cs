using DotNats.Primitives;
using DotNats.JetStream.Accounts;
using DotNats.JetStream.Service;
using DotNats.JetStream.Streams;
using DotNats.Protocol.Text;
using DotNats.Server;
using DotNats.Server.Accounts;
using DotNats.Server.Monitoring;
using DotNats.Storage;

namespace DotNats.JetStream.Monitoring;

/// <summary>Whether streams are fit to work (<c>/healthz</c>): everything that is stored was recovered and can be written.</summary>
internal sealed class JetStreamHealth(ServerCore server, JetStreamService service)
{
    public HealthSnapshot Check(HealthzQuery query)
    {
        if (query.JetStreamEnabledOnly || query.JetStreamEnabled) return Healthy(query);
        var errors = new List<HealthError>();
        var found = new Found();
        foreach (string name in service.Stores.AccountNames())
        {
            if (query.Account.Length > 0 && name != query.Account) continue;
            found.Account |= query.Account.Length > 0;
            CheckAccount(name, query, found, errors);
            if (errors.Count > 0 && !query.Details) return Failed(query, 503, errors[0]);
        }

        return NotFound(query, found) is { } missing
            ? Failed(query, 404, missing)
            : errors.Count > 0 ? new HealthSnapshot { Status = "error", StatusCode = 503, Errors = errors } : Healthy(query);
    }

    private void CheckAccount(string name, HealthzQuery query, Found found, List<HealthError> errors)
    {
        if (!server.Accounts.TryGet(name, out Account? account))
        {
            errors.Add(new HealthError { Type = "ACCOUNT", Account = name, Error = $"JetStream account '{name}' could not be resolved" });
            return;
        }

        JetStreamAccount? streams = service.Find(account);
        foreach (string stream in service.Stores.StreamNames(name))
        {
            if (query.Stream.Length > 0 && stream != query.Stream) continue;
            found.Stream |= query.Stream.Length > 0;
            if (Describe(name, stream, streams) is { } error) errors.Add(error);
            else found.Consumer |= found.Stream && HasConsumer(streams, stream, query.Consumer);
        }
    }

    private static bool HasConsumer(JetStreamAccount? streams, string stream, string consumer) =>
        streams?.Find(stream)?.Consumers.Find(consumer) is not null || streams?.FindInert(stream)?.Find(consumer) is not null;

    private static HealthError? Describe(string account, string name, JetStreamAccount? streams)
    {
        LiveStream? stream = streams?.Find(name);
        string? error = stream is null
            ? streams?.FindInert(name) is null ? $"JetStream stream '{account} > {name}' could not be recovered" : null
            : stream.Failure is { } failure ? $"JetStream stream '{account} > {name}' write error: {failure}" : null;
        return error is null ? null : new HealthError { Type = "STREAM", Account = account, Stream = name, Error = error };
    }

    private static HealthError? NotFound(HealthzQuery query, Found found)
    {
        (string account, string stream, string consumer) = (GoQuote.Quote(query.Account), GoQuote.Quote(query.Stream), GoQuote.Quote(query.Consumer));
        if (query.Account.Length > 0 && !found.Account)
            return new HealthError { Type = "ACCOUNT", Account = query.Account, Error = $"JetStream account {account} not found" };
        if (query.Stream.Length > 0 && !found.Stream)
            return new HealthError { Type = "STREAM", Account = query.Account, Stream = query.Stream, Error = $"JetStream stream {stream} not found on account {account}" };
        return query.Consumer.Length == 0 || found.Consumer ? null : new HealthError
        {
            Type = "CONSUMER",
            Account = query.Account,
            Stream = query.Stream,
            Consumer = query.Consumer,
            Error = $"JetStream consumer {consumer} not found for stream {stream} on account {account}",
        };
    }

    private static HealthSnapshot Healthy(HealthzQuery query) => new() { Status = "ok" };

    private static HealthSnapshot Failed(HealthzQuery query, int statusCode, HealthError error) => query.Details
        ? new HealthSnapshot { Status = "error", StatusCode = statusCode, Errors = [error] }
        : new HealthSnapshot { Status = "unavailable", StatusCode = statusCode, Error = error.Error };

    // What of the things that are asked for is there.
    private sealed class Found
    {
        public bool Account { get; set; }

        public bool Stream { get; set; }

        public bool Consumer { get; set; }
    }
}
