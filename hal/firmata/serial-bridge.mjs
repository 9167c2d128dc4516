// A process that holds one serial port between its standard input and output: the native part of serialport cannot live in a
// thread. Says "open", or why not, on standard error; ends with its input or with the port.
const [path, baud] = process.argv.slice(2);

function end(reason) {
  process.stderr.write(`${reason}\n`, () => process.exit(1));
}

const serialport = await import("serialport").catch(() => undefined);
if (serialport === undefined) end("a serial port needs the package serialport: npm install serialport@13.0.0");
else {
  const port = new serialport.SerialPort({ path, baudRate: Number(baud), autoOpen: false });
  port.open((error) => {
    if (error) {
      end(error.message);
      return;
    }
    process.stderr.write("open\n");
    port.on("data", (bytes) => process.stdout.write(bytes));
    port.on("error", (error) => end(error.message));
    port.on("close", () => process.exit(0));
    process.stdin.on("data", (bytes) => port.write(bytes));
    process.stdin.on("end", () => port.close(() => process.exit(0)));
  });
}
