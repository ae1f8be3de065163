package io.epona.loadgen.driver;

import com.sun.management.ThreadMXBean;
import io.epona.broker.Broker;
import io.epona.broker.Profile;
import io.epona.transport.DriverSockets;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;

/**
 * What runs in the child JVM of {@link BrokerProcess}: a broker, and answers to commands on standard input until it
 * ends.
 */
public final class BrokerChild
{
    /** Hidden command of the program. */
    public static final String COMMAND = "broker-child";

    static final String ALLOCATED = "allocated ";
    static final String ERROR = "error ";
    static final String LOSE = "lose ";
    /** Among the broker's properties, and not one of them: frames may have to be lost. */
    static final String LOSSY = "loadgen.lossy";

    private BrokerChild()
    {
    }

    /**
     * @param dataDir  of the broker.
     * @param settings {@code key=value} properties of the broker.
     * @param in       commands.
     * @param out      answers; at the end a line for each kind of error that the broker reported.
     * @throws IOException where the commands cannot be read.
     */
    public static void run(
        final Path dataDir, final List<String> settings, final InputStream in, final PrintStream out)
        throws IOException
    {
        final Properties properties = new Properties();
        for (final String setting : settings)
        {
            final int equals = setting.indexOf('=');
            properties.setProperty(setting.substring(0, equals), setting.substring(equals + 1));
        }

        if (null != properties.remove(LOSSY))
        {
            System.setProperty(UdpLoss.PROPERTY, UdpLoss.class.getName());
        }
        else if (properties.containsKey("zookeeper.connect"))
        {
            DriverSockets.configureProcess();
        }
        final DataThreads threads = new DataThreads();
        final ErrorLines errors = new ErrorLines();
        properties.putIfAbsent("listen", "127.0.0.1:0");
        try (Broker broker = Broker.launch(new Broker.Context()
            .dataDir(dataDir)
            .ipc(false)
            .profile(Profile.SHARED)
            .threadFactory(threads)
            .errorHandler(errors)
            .properties(properties)))
        {
            out.println(ChildProcess.READY + broker.udpUri());
            out.flush();
            final BufferedReader commands = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            String command = commands.readLine();
            while (null != command && !ChildProcess.STOP.equals(command))
            {
                if (ALLOCATED.equals(command))
                {
                    out.println(ALLOCATED + allocated(threads));
                    out.flush();
                }
                else if (command.startsWith(LOSE))
                {
                    final String[] words = command.substring(LOSE.length()).split(" ");
                    UdpLoss.begin(Double.parseDouble(words[0]), Long.parseLong(words[1]));
                }
                command = commands.readLine();
            }
        }
        errors.list().forEach((error) -> out.println(ERROR + error));
        out.flush();
    }

    private static long allocated(final DataThreads threads)
    {
        final ThreadMXBean bean = (ThreadMXBean)ManagementFactory.getThreadMXBean();
        long bytes = 0;
        for (final Thread thread : threads.carrying())
        {
            bytes += bean.getThreadAllocatedBytes(thread.getId());
        }

        return bytes;
    }
}
