using System.Text;
using DotNats.JetStream.Accounts;
using DotNats.JetStream.Publishing.Headers;
using DotNats.Server.Accounts;
using DotNats.Server.InternalClients;
using DotNats.Server.Routing;

namespace DotNats.JetStream.Api;

/// <summary>One request to the API: a copy of the message, and whose streams it is about.</summary>
// Owner: the API's queue, then the handler.
internal sealed class ApiRequest
{
    // Tokens before the first that names something: $JS.API.STREAM.INFO.
    private const int FirstName = 4;

    private readonly byte[] _body;
    private readonly int _headerLength;

    public ApiRequest(ApiRoute route, in Message message, ReadOnlySpan<byte> subject)
    {
        Route = route;
        Subject = Encoding.UTF8.GetString(subject);
        Reply = message.Reply.ToArray();
        _headerLength = Math.Max(0, message.HeaderLength);
        _body = message.Body[..message.Size].ToArray();
        Requestor = Requestor.Read(Headers);
    }

    public ApiRoute Route { get; }

    public string Subject { get; }

    /// <summary>Where the answer goes, in the system account; empty for nowhere.</summary>
    public byte[] Reply { get; }

    public ReadOnlySpan<byte> Headers => _body.AsSpan(0, _headerLength);

    public ReadOnlySpan<byte> Payload => _body.AsSpan(_headerLength);

    /// <summary>Null where the request came from inside the system account.</summary>
    public Requestor? Requestor { get; }

    /// <summary>The account asked about; null where it is no more.</summary>
    public Account? Account { get; set; }

    /// <summary>Its streams; null where it has no JetStream.</summary>
    public JetStreamAccount? Streams { get; set; }

    /// <summary>Name of the stream the subject names.</summary>
    public string StreamName => Name(Route.StreamToken);

    /// <summary>Name of the consumer the subject names.</summary>
    public string ConsumerName => Name(Route.StreamToken + 1);

    /// <summary>What a copy holds on to.</summary>
    public int Bytes => Subject.Length + Reply.Length + _body.Length;

    /// <summary>The payload is a JSON object or array, as far as its first character goes.</summary>
    // Compat: what is no JSON is no request body at all where one may be left out.
    public bool HasJson => Payload.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..];

    /// <summary>Nothing or <c>{}</c>.</summary>
    // Compat: blanks alone are a body, which says nothing; blanks around and between the braces do not matter.
    public bool IsEmpty
    {
        get
        {
            if (Payload.IsEmpty) return true;
            ReadOnlySpan<byte> text = Payload.Trim(" \t\r\n"u8);
            return text is [(byte)'{', .., (byte)'}'] && text[1..^1].Trim(" \t\r\n"u8).IsEmpty;
        }
    }

    /// <summary>The requester needs a newer API than this.</summary>
    public bool NeedsNewerApi => ApiLevel.IsBeyond(HeaderLookup.Find(Headers, ApiLevel.Header));

    private string Name(int token)
    {
        string[] tokens = Subject.Split('.');
        return token >= FirstName && token < tokens.Length ? tokens[token] : "";
    }
}
