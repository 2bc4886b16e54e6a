"""What tests of the chart need: values, strict schemas, the pods KServe would make, who may talk to whom."""
