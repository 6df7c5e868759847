namespace DotNats.Security;

/// <summary>Why a text is no JWT we take.</summary>
public enum JwtErrorCode
{
    None,

    /// <summary>Longer than <see cref="JwtReader.MaxBytes"/>.</summary>
    TooLarge,

    /// <summary>Not three parts of base64url.</summary>
    Malformed,

    /// <summary>The header names another type or algorithm.</summary>
    Header,

    /// <summary>A part is no JSON, or a claim in it has the wrong type.</summary>
    Claims,

    /// <summary>A form newer than we know, or none.</summary>
    Version,

    /// <summary>The issuer did not sign this.</summary>
    Signature,

    /// <summary>Signed by a kind of key that may not sign such claims.</summary>
    Issuer,

    /// <summary>A good JWT about something else than was asked for.</summary>
    Kind,
}

/// <summary>Why a JWT was refused: a code to decide by and a text for logs, in nats-server's words where it has some.</summary>
public readonly record struct JwtError(JwtErrorCode Code, string Text)
{
    public override string ToString() => Text;
}
