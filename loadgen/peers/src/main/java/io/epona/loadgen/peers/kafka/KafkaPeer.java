package io.epona.loadgen.peers.kafka;

import io.epona.loadgen.driver.DriverContext;
import io.epona.loadgen.driver.LoadDriver;
import io.epona.loadgen.driver.Peer;
import io.epona.loadgen.scenario.Scenario;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;

/**
 * Apache Kafka.
 */
public final class KafkaPeer implements Peer
{
    @Override
    public String name()
    {
        return Scenario.KAFKA;
    }

    @Override
    public LoadDriver newDriver(final DriverContext ctx)
    {
        return new KafkaDriver(ctx);
    }

    @Override
    public boolean parity(
        final long records, final int length, final int turns, final Path folder, final PrintStream out)
        throws IOException
    {
        return new KafkaParity(records, length, turns, folder, out).run();
    }
}
