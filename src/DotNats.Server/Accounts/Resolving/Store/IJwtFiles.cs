namespace DotNats.Server.Accounts.Resolving;

/// <summary>The files of a JWT store by name, all in one directory. What goes wrong is an <see cref="IOException"/>.</summary>
internal interface IJwtFiles
{
    /// <summary>Names and sizes of all <c>.jwt</c> files, in no order.</summary>
    IReadOnlyList<JwtFile> List();

    /// <summary>A whole file; null where there is none. Larger ones than <paramref name="maxBytes"/> are read to one byte more.</summary>
    byte[]? Read(string name, int maxBytes);

    /// <summary>Makes or replaces a file; whatever happens, it is afterwards as it was before or has these contents, on the disk.</summary>
    void Write(string name, ReadOnlySpan<byte> contents);

    /// <summary>Gives a file another name, over what has it; false where there is no such file.</summary>
    bool Rename(string name, string newName);

    /// <summary>False where there is no such file.</summary>
    bool Delete(string name);
}

/// <summary>One file.</summary>
internal readonly record struct JwtFile(string Name, long Bytes);
