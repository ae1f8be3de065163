package io.epona.broker.cli;

import io.epona.broker.Broker;
import io.epona.transport.DriverSockets;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.SystemEpochClock;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs a broker until it is told to stop.
 */
@Command(
    name = "broker",
    mixinStandardHelpOptions = true,
    description = "Run a broker. Without options: on 127.0.0.1:9092, with its data in ./epona-data.")
final class BrokerCommand implements Callable<Integer>
{
    private static final long LOOK_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final int LOOKS_PER_COUNTERS = 20;
    private static final int MAX_TOLD_ERRORS = 100;

    private final Terminal terminal;

    @Option(names = "--config", paramLabel = "FILE", description = "Properties file with settings.")
    private Path config;

    @Option(
        names = "--set",
        paramLabel = "KEY=VALUE",
        description = "A setting, over those of the file; repeatable. For instance data.dir=DIR, listen=HOST:PORT, " +
        "profile=shared|balanced|dedicated.")
    private Map<String, String> settings = new LinkedHashMap<>();

    @Option(names = "--with-parent", hidden = true, description = "End when standard input does, not on Ctrl-C.")
    private boolean isWithParent;

    BrokerCommand(final Terminal terminal)
    {
        this.terminal = terminal;
    }

    @Override
    public Integer call()
    {
        final StopSignal stop = isWithParent ? new ParentWatch(terminal) : terminal.stop();
        final Properties properties = properties();
        if (properties.containsKey("zookeeper.connect"))
        {
            DriverSockets.configureProcess();
        }
        final Broker.Context ctx = new Broker.Context().properties(properties).errorHandler(tellOnce());
        try (Broker broker = Broker.launch(ctx);
            CountersFile counters = CountersFile.create(broker.dataDir()))
        {
            tellReady(broker);
            for (int look = 0; !stop.isRequested() && broker.isRunning(); look++)
            {
                if (0 == look % LOOKS_PER_COUNTERS)
                {
                    counters.write(broker.counters(), SystemEpochClock.INSTANCE.time());
                }
                LockSupport.parkNanos(LOOK_INTERVAL_NS);
            }
            if (null != broker.failure())
            {
                throw new CommandException(
                    ExitCodes.INFRASTRUCTURE, "the broker failed and stops: " + broker.failure());
            }
        }

        return ExitCodes.OK;
    }

    private Properties properties()
    {
        final Properties properties = new Properties();
        if (null != config)
        {
            try (Reader reader = Files.newBufferedReader(config, StandardCharsets.UTF_8))
            {
                properties.load(reader);
            }
            catch (final IOException | IllegalArgumentException ex)
            {
                throw new CommandException(
                    ExitCodes.USAGE, "cannot read " + config + " (" + ex + "): correct --config or the file");
            }
        }
        properties.putAll(settings);
        return properties;
    }

    private ErrorHandler tellOnce()
    {
        final Set<String> told = ConcurrentHashMap.newKeySet();
        return (throwable) ->
        {
            if (told.size() < MAX_TOLD_ERRORS && told.add(throwable.toString()))
            {
                terminal.err().println("epona broker: " + throwable);
            }
        };
    }

    private void tellReady(final Broker broker)
    {
        final StringBuilder text = new StringBuilder("Epona broker is ready: ");
        final String primary = null != broker.udpUri() ? broker.udpUri() : broker.uris().get(broker.uris().size() - 1);
        text.append(primary).append('\n');
        if (null != broker.ipcUri() && !broker.ipcUri().equals(primary))
        {
            text.append("  on this host also: ").append(broker.ipcUri()).append('\n');
        }
        final String command = Commands.prefix();
        final String bootstrap = bootstrap(broker);
        text.append("Next, in another terminal:\n")
            .append("  ").append(command).append(" topics create demo --partitions 1").append(bootstrap).append('\n')
            .append("  ").append(command).append(" produce demo").append(bootstrap).append('\n');
        terminal.out().print(text);
        terminal.out().flush();
    }

    private static String bootstrap(final Broker broker)
    {
        final String prefix = "epona:udp?endpoint=";
        if (null == broker.udpUri())
        {
            return " --bootstrap '" + broker.ipcUri() + "'";
        }
        final String endpoint = broker.udpUri().substring(prefix.length());
        return "127.0.0.1:9092".equals(endpoint) ? "" : " --bootstrap " + endpoint;
    }
}
