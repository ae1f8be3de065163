package io.epona.broker.cli;

import io.epona.client.EponaClient;
import io.epona.transport.EponaUri;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The options by which a client command finds its broker.
 */
final class Bootstrap
{
    private static final String IPC_PREFIX = "epona:ipc?dir=";

    @Option(
        names = {"--bootstrap", "--bootstrap-server"},
        paramLabel = "ADDRESS",
        defaultValue = "127.0.0.1:9092",
        description = "The broker: host:port[,host:port], ipc, or an epona: URI (default: ${DEFAULT-VALUE}).")
    private String address;

    @Option(
        names = "--data-dir",
        paramLabel = "DIR",
        defaultValue = "epona-data",
        description = "Data directory of the broker, for --bootstrap ipc (default: ./${DEFAULT-VALUE}).")
    private Path dataDir;

    /**
     * @return a client that is connected.
     */
    EponaClient connect()
    {
        final EponaUri uri = EponaUri.bootstrap(address, "ipc".equals(address) ? ipcDirectory() : null);
        return EponaClient.connect(new EponaClient.Context().uri(uri.toString()).clientId("epona-cli"));
    }

    private String ipcDirectory()
    {
        final Path uris = dataDir.resolve("uris");
        try
        {
            for (final String line : Files.readAllLines(uris, StandardCharsets.UTF_8))
            {
                if (line.startsWith(IPC_PREFIX))
                {
                    return line.substring(IPC_PREFIX.length());
                }
            }
        }
        catch (final IOException ex)
        {
            throw new CommandException(
                ExitCodes.INFRASTRUCTURE,
                "no broker runs on " + dataDir + ": there is no " + uris + "; start it, or name its data directory " +
                "with --data-dir");
        }
        throw new CommandException(
            ExitCodes.USAGE, "the broker on " + dataDir + " has ipc=false: connect to its host:port instead");
    }
}
