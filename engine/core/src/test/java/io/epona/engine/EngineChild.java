package io.epona.engine;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;

/**
 * An engine in a process of its own: says "launched", or why it was refused, and holds the directory until it is killed
 * or its standard input ends.
 */
public final class EngineChild
{
    private EngineChild()
    {
    }

    public static void main(final String[] args) throws IOException
    {
        try (PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true))
        {
            try (Engine engine = Engine.launch(new Engine.Context().dataDir(Path.of(args[1]))))
            {
                out.println("launched");
                while (engine.brokerEpoch() > 0 && System.in.read() >= 0)
                {
                    Thread.onSpinWait();
                }
            }
            catch (final EngineException ex)
            {
                out.println(ex.code() + " " + ex.getMessage());
            }
        }
    }
}
