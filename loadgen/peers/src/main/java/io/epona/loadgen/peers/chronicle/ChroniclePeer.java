package io.epona.loadgen.peers.chronicle;

import io.epona.loadgen.driver.DriverContext;
import io.epona.loadgen.driver.DriverException;
import io.epona.loadgen.driver.LoadDriver;
import io.epona.loadgen.driver.Peer;
import io.epona.loadgen.driver.Peers;
import io.epona.loadgen.scenario.Scenario;

import java.io.PrintStream;
import java.nio.file.Path;

/**
 * Chronicle Queue.
 */
public final class ChroniclePeer implements Peer
{
    @Override
    public String name()
    {
        return Scenario.CHRONICLE;
    }

    @Override
    public LoadDriver newDriver(final DriverContext ctx)
    {
        final Module mine = ChroniclePeer.class.getModule();
        for (final String opened : Peers.OPENS)
        {
            final int slash = opened.indexOf('/');
            final Module module = ModuleLayer.boot().findModule(opened.substring(0, slash)).orElseThrow();
            if (!module.isOpen(opened.substring(slash + 1), mine))
            {
                throw new DriverException("Chronicle Queue reaches into " + opened + ", which this JVM does not " +
                    "open: start loadgen by java -jar, or with --add-opens " + opened + "=ALL-UNNAMED");
            }
        }
        // Nothing is sent to its makers.
        System.setProperty("chronicle.analytics.disable", "true");

        return new ChronicleDriver(ctx);
    }

    @Override
    public boolean parity(
        final long records, final int length, final int turns, final Path folder, final PrintStream out)
    {
        throw new DriverException("Chronicle Queue publishes no load tools that the driver could be held against");
    }
}
