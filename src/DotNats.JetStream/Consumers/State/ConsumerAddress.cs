namespace DotNats.JetStream.Consumers.State;

/// <summary>What names a consumer in the subjects that its messages are acknowledged on and its flow control is answered on.</summary>
/// <param name="Text">Tokens between the prefix and what differs from message to message.</param>
internal readonly record struct ConsumerAddress(string Text)
{
    /// <summary>The short form.</summary>
    public static ConsumerAddress Short(string stream, string consumer) => new($"{stream}.{consumer}");

    /// <summary>The long form, which is of use where several domains or accounts meet.</summary>
    /// <param name="domain">Its token; <c>_</c> for none.</param>
    /// <param name="accountHash">Eight characters.</param>
    public static ConsumerAddress Long(string domain, string accountHash, string stream, string consumer) => new($"{domain}.{accountHash}.{stream}.{consumer}");
}
