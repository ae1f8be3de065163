package io.epona.loadgen.driver;

import io.epona.coordination.EmbeddedZooKeeper;
import org.apache.zookeeper.server.quorum.QuorumPeerConfig;
import org.apache.zookeeper.server.quorum.QuorumPeerMain;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;

/**
 * What runs in the child JVM of {@link ZooKeepers}: the server of a cluster on one machine, or one of an
 * ensemble, and answers to commands on standard input until it ends.
 */
public final class ZooKeeperChild
{
    /** Hidden command of the program. */
    public static final String COMMAND = "zookeeper-child";

    static final String EXPIRE = "expire ";
    static final String EXPIRED = "expired";

    private static final String TICK_MS = "200";
    private static final String LIMIT_TICKS = "25";
    private static final String MIN_SESSION_MS = "1000";

    private ZooKeeperChild()
    {
    }

    /**
     * @param dir      for its data.
     * @param host     to listen on.
     * @param port     to listen on, 0 for a free one where it is alone.
     * @param ensemble its number in the ensemble, followed by {@code server.N=host:port:port} of each; empty where it
     *                 is alone.
     * @param in       commands.
     * @param out      answers.
     * @throws IOException where the commands cannot be read or the configuration not be written.
     */
    public static void run(
        final Path dir,
        final String host,
        final int port,
        final List<String> ensemble,
        final InputStream in,
        final PrintStream out)
        throws IOException
    {
        if (ensemble.isEmpty())
        {
            try (EmbeddedZooKeeper zooKeeper = EmbeddedZooKeeper.launch(dir, host, port))
            {
                say(out, ChildProcess.READY + zooKeeper.connectString());
                serve(in, out, zooKeeper);
            }
            return;
        }

        final QuorumPeerConfig config = configure(dir, host, port, ensemble);
        final Thread server = new Thread(
            () ->
            {
                try
                {
                    new QuorumPeerMain().runFromConfig(config);
                }
                catch (final Exception ex)
                {
                    throw new DriverException("a server of the ensemble failed: " + ex, ex);
                }
            },
            "zookeeper-server");
        server.setDaemon(true);
        server.start();
        say(out, ChildProcess.READY + host + ':' + port);
        serve(in, out, null);
    }

    private static QuorumPeerConfig configure(
        final Path dir, final String host, final int port, final List<String> ensemble) throws IOException
    {
        Files.createDirectories(dir);
        Files.writeString(dir.resolve("myid"), ensemble.get(0) + "\n");
        System.setProperty("zookeeper.admin.enableServer", "false");
        System.setProperty("zookeeper.4lw.commands.whitelist", "srvr");
        final Properties properties = new Properties();
        properties.setProperty("dataDir", dir.toString());
        properties.setProperty("clientPort", Integer.toString(port));
        properties.setProperty("clientPortAddress", host);
        properties.setProperty("tickTime", TICK_MS);
        properties.setProperty("initLimit", LIMIT_TICKS);
        properties.setProperty("syncLimit", LIMIT_TICKS);
        properties.setProperty("minSessionTimeout", MIN_SESSION_MS);
        properties.setProperty("maxSessionTimeout", "120000");
        properties.setProperty("maxClientCnxns", "0");
        for (final String server : ensemble.subList(1, ensemble.size()))
        {
            final int equals = server.indexOf('=');
            properties.setProperty(server.substring(0, equals), server.substring(equals + 1));
        }
        try
        {
            final QuorumPeerConfig config = new QuorumPeerConfig();
            config.parseProperties(properties);

            return config;
        }
        catch (final QuorumPeerConfig.ConfigException ex)
        {
            throw new DriverException("the ensemble is not set up as ZooKeeper wants it: " + ex.getMessage(), ex);
        }
    }

    private static void serve(final InputStream in, final PrintStream out, final EmbeddedZooKeeper alone)
        throws IOException
    {
        final BufferedReader commands = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        String command = commands.readLine();
        while (null != command && !ChildProcess.STOP.equals(command))
        {
            if (null != alone && command.startsWith(EXPIRE))
            {
                alone.expire(Long.parseLong(command.substring(EXPIRE.length())));
                say(out, EXPIRED);
            }
            command = commands.readLine();
        }
    }

    private static void say(final PrintStream out, final String line)
    {
        out.println(line);
        out.flush();
    }
}
