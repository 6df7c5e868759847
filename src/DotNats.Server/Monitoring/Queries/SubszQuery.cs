using System.Text;
using DotNats.Primitives;

namespace DotNats.Server.Monitoring;

/// <summary>Options of <c>/subsz</c>.</summary>
public sealed record SubszQuery
{
    /// <summary>Subscriptions on a page unless asked otherwise.</summary>
    public const int DefaultLimit = 1024;

    /// <summary>List the subscriptions, not only their number (<c>subs</c>).</summary>
    public bool ShowSubscriptions { get; init; }

    /// <summary>Subscriptions skipped; negative counts as 0.</summary>
    public long Offset { get; init; }

    /// <summary>Subscriptions on the page; 0 and less take <see cref="DefaultLimit"/>.</summary>
    public long Limit { get; init; }

    /// <summary>Account name; empty for all.</summary>
    public string Account { get; init; } = "";

    /// <summary>Only subscriptions that a message to this literal subject would reach; empty for all.</summary>
    public string TestSubject { get; init; } = "";

    /// <summary>Reads the options of an HTTP request; <paramref name="error"/> is nats-server's text for status 400.</summary>
    public static SubszQuery Read(QueryParameters parameters, out string? error)
    {
        QueryReader reader = new(parameters);
        SubszQuery query = new()
        {
            ShowSubscriptions = reader.ReadFlag("subs"),
            Offset = reader.ReadNumber("offset"),
            Limit = reader.ReadNumber("limit"),
            TestSubject = reader.ReadText("test"),
            Account = reader.ReadText("acc"),
        };
        error = reader.Error ?? query.Validate();
        return query;
    }

    /// <summary>What is wrong, in nats-server's words; null when the query can be answered.</summary>
    public string? Validate()
    {
        bool isGood = TestSubject.Length == 0 || Subjects.IsValidLiteral(Encoding.UTF8.GetBytes(TestSubject));
        return isGood ? null : $"invalid test subject, must be valid publish subject: {TestSubject}";
    }
}
