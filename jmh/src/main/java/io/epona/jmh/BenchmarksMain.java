package io.epona.jmh;

import org.openjdk.jmh.Main;

import java.io.IOException;

/**
 * Entry of the runnable jar: takes JMH's own arguments ({@code -h} lists them).
 * <p>
 * A smoke run that only asks whether everything runs, validates and does not allocate, then the gate over its result:
 * <pre>{@code
 * java -jar jmh/target/benchmarks.jar -f 1 -wi 1 -w 200ms -i 1 -r 200ms -foe true -prof gc -rf json -rff FILE
 * java -cp jmh/target/benchmarks.jar io.epona.jmh.AllocationGate FILE
 * }</pre>
 */
public final class BenchmarksMain
{
    private BenchmarksMain()
    {
    }

    /**
     * @param args of JMH.
     * @throws IOException where JMH cannot read or write a file.
     */
    public static void main(final String[] args) throws IOException
    {
        Main.main(args);
    }
}
