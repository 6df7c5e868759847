namespace DotNats.Configuration;

/// <summary>How configuration files, includes, certificates and keys are read; a seam for tests and for configurations kept elsewhere.</summary>
public interface IConfigFileSystem
{
    /// <summary>Reads a whole file.</summary>
    /// <exception cref="IOException">It cannot be read; the message is shown as the system's reason.</exception>
    byte[] ReadAllBytes(string path);

    /// <summary>What is at a path.</summary>
    ConfigPathKind Probe(string path);
}

/// <summary>What is found at a path.</summary>
public enum ConfigPathKind
{
    Missing,
    File,
    Directory,

    /// <summary>A directory this process may not write to.</summary>
    ReadOnlyDirectory,
}
