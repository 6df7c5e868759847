using System.Text;
using DotNats.Security;

namespace DotNats.Server.Accounts;

/// <summary>A service of another account, under a subject of this one. Immutable.</summary>
internal sealed class ServiceImport
{
    /// <param name="exporter">Null where terms are only checked.</param>
    /// <param name="local">Filter of the requests here.</param>
    /// <param name="remote">Subject or filter in the exporting account.</param>
    /// <param name="transform">From here to there; null where subjects stay as they are, or all requests go to one.</param>
    public ServiceImport(string exporterName, Account? exporter, ServiceExport? export, string local, string remote, SubjectTransform? transform)
    {
        ExporterName = exporterName;
        Exporter = exporter!;
        Export = export;
        Local = local;
        Remote = remote;
        LocalFilter = Encoding.UTF8.GetBytes(local);
        RemoteSubject = Encoding.UTF8.GetBytes(remote);
        Transform = transform;
        KeepsSubject = transform is null && local == remote;
    }

    private ServiceImport(ServiceImport model, string remote, byte[] remoteSubject)
    {
        ExporterName = model.ExporterName;
        Exporter = model.Exporter;
        Export = model.Export;
        Local = model.Local;
        LocalFilter = model.LocalFilter;
        Remote = remote;
        RemoteSubject = remoteSubject;
        Share = model.Share;
        IsBuiltIn = model.IsBuiltIn;
        IsListed = model.IsListed;
    }

    public string ExporterName { get; }

    public Account Exporter { get; }

    /// <summary>Null for what the server itself imports without such terms.</summary>
    public ServiceExport? Export { get; }

    public string Local { get; }

    public string Remote { get; }

    public byte[] LocalFilter { get; }

    public byte[] RemoteSubject { get; }

    public SubjectTransform? Transform { get; }

    public bool KeepsSubject { get; }

    /// <summary>The service is told who asks.</summary>
    public bool Share { get; init; }

    /// <summary>Made by the server for every account, not by its configuration.</summary>
    public bool IsBuiltIn { get; init; }

    /// <summary>Requests under these prefixes are left to subscribers of the importing account.</summary>
    public byte[][] ExceptPrefixes { get; init; } = [];

    /// <summary>Shown by monitoring.</summary>
    public bool IsListed { get; init; } = true;

    /// <summary>The same import in another account, under another subject of the exporting one: what does not differ is there once.</summary>
    /// <param name="remoteSubject">The bytes of <paramref name="remote"/>.</param>
    public ServiceImport Of(string remote, byte[] remoteSubject) => new(this, remote, remoteSubject);

    public ServiceResponseType ResponseType => Export?.ResponseType ?? ServiceResponseType.Singleton;

    public ServiceLatencyOptions? Latency => Export?.Latency;

    public bool AllowTrace => Export?.AllowTrace ?? false;
}
