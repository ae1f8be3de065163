package io.epona.broker;

import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;

/**
 * A media driver in a process of its own: says "driving" and holds its directory until it is killed or its standard
 * input ends.
 */
public final class DriverChild
{
    private DriverChild()
    {
    }

    public static void main(final String[] args) throws IOException
    {
        final MediaDriver.Context ctx = new MediaDriver.Context()
            .aeronDirectoryName(args[0])
            .threadingMode(ThreadingMode.SHARED)
            .dirDeleteOnShutdown(true);
        try (PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true);
            MediaDriver driver = MediaDriver.launch(ctx))
        {
            out.println("driving " + driver.aeronDirectoryName());
            while (System.in.read() >= 0)
            {
                Thread.onSpinWait();
            }
        }
    }
}
