using DotNats.Server.Routing;

namespace DotNats.Server.Accounts;

/// <summary>One service import on a message's way through accounts.</summary>
// Owner: the delivery that took it from its context, which gives it back. Lifetime: that delivery.
internal sealed class ImportStep
{
    /// <summary>The service asked; null for what the server itself imports.</summary>
    public ServiceExport? Export { get; set; }

    /// <summary>The account that imports it.</summary>
    public Account? Importer { get; set; }

    /// <summary>The importing account lets the service know who asks.</summary>
    public bool Share { get; set; }

    /// <summary>The service is told which server the client is connected to.</summary>
    public bool ShowsServer { get; set; }

    /// <summary>The import before; null for the first.</summary>
    public ImportStep? Previous { get; set; }

    /// <summary>The account where the message began its way.</summary>
    public Account? Beginning
    {
        get
        {
            ImportStep step = this;
            while (step.Previous is { } previous) step = previous;
            return step.Importer;
        }
    }

    /// <summary>Whether a message that came this way has been through the service before.</summary>
    public static bool Contains(ImportStep? path, ServiceExport? export)
    {
        if (export is null) return false;
        for (; path is not null; path = path.Previous)
        {
            if (ReferenceEquals(path.Export, export)) return true;
        }

        return false;
    }
}
