package io.epona.loadgen.peers.kafka;

import io.epona.loadgen.driver.ChildProcess;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.Utils;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * What runs in the child JVM of a broker: Kafka's storage tool formats its directory, then Kafka's server runs, until
 * standard input ends.
 */
public final class KafkaBrokerChild
{
    private KafkaBrokerChild()
    {
    }

    /**
     * @param args file of the broker's properties, id of the cluster.
     * @throws IOException where the file or standard input cannot be read.
     */
    public static void main(final String[] args) throws IOException
    {
        final PrintStream answers = System.out;
        final int formatted = StorageTool.execute(
            new String[]{"format", "--config", args[0], "--cluster-id", args[1]}, System.err);
        if (0 != formatted)
        {
            throw new IllegalStateException("the storage tool ended with " + formatted);
        }

        final KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(Utils.loadProps(args[0])), Time.SYSTEM);
        server.startup();
        answers.println(ChildProcess.READY + "kafka");
        answers.flush();

        try (BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)))
        {
            String command = commands.readLine();
            while (null != command && !ChildProcess.STOP.equals(command))
            {
                command = commands.readLine();
            }
        }
        // Its data goes with the run; a broker of three that are stopped in order waits minutes for the others.
        Runtime.getRuntime().halt(0);
    }
}
