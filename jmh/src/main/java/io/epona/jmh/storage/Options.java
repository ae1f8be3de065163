package io.epona.jmh.storage;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How the cases are to be run.
 *
 * @param cases   names, in the order to run them.
 * @param disk    directory on a disk.
 * @param memory  directory on a tmpfs.
 * @param seconds of each measured stretch.
 * @param repeats turns of floor and log.
 * @param out     file for the JSON, or null.
 */
record Options(List<String> cases, Path disk, Path memory, int seconds, int repeats, Path out)
{
    static final String USAGE =
        "usage: StorageBench CASE... [--seconds N] [--repeats N] [--disk DIR] [--memory DIR] [--out FILE]\n" +
        "cases: sustained sustained-16g paced chronicle read recovery commit";

    static Options parse(final String[] args)
    {
        final List<String> cases = new ArrayList<>();
        Path disk = Path.of(System.getProperty("java.io.tmpdir"));
        Path memory = Path.of("/dev/shm");
        int seconds = 60;
        int repeats = 3;
        Path out = null;
        for (int i = 0; i < args.length; i++)
        {
            if (!args[i].startsWith("--"))
            {
                cases.add(args[i]);
                continue;
            }
            if (i + 1 == args.length)
            {
                throw new IllegalArgumentException("no value for " + args[i]);
            }
            final String value = args[i + 1];
            switch (args[i])
            {
                case "--seconds" -> seconds = positive(value);
                case "--repeats" -> repeats = positive(value);
                case "--disk" -> disk = Path.of(value);
                case "--memory" -> memory = Path.of(value);
                case "--out" -> out = Path.of(value);
                default -> throw new IllegalArgumentException("unknown option " + args[i]);
            }
            i++;
        }
        if (cases.isEmpty())
        {
            throw new IllegalArgumentException("no case");
        }

        return new Options(cases, disk, memory, seconds, repeats, out);
    }

    private static int positive(final String value)
    {
        final int number = Integer.parseInt(value);
        if (number < 1)
        {
            throw new IllegalArgumentException("must be positive: " + value);
        }

        return number;
    }
}
